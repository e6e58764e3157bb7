namespace Miosa.Devices.Templates;

/// <summary>A file that is written into a template once Debian is in place.</summary>
internal sealed record TemplateFile(string Path, string Content, UnixFileMode Mode = TemplateFile.Readable, TemplateFileOwner Owner = TemplateFileOwner.Root)
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private const string Npm = "fund=false\naudit=false\nupdate-notifier=false\n";

    public static IReadOnlyList<TemplateFile> Defaults { get; } =
    [
        // Nothing of the machine that built it: mmdebstrap copies these two from there.
        new("etc/hostname", "sandbox\n"),
        new("etc/resolv.conf", ""),
        new("etc/hosts", "127.0.0.1 localhost sandbox\n::1 localhost ip6-localhost ip6-loopback\n"),
        new("etc/machine-id", ""),

        // A package that brings a daemon must not try to start it: there is no init system.
        new("usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", Executable),

        new("etc/environment", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nLANG=C.UTF-8\n"),
        new("etc/profile.d/local-bin.sh", "# What `pip install --user` and `npm install --global` put there is found.\nPATH=\"$HOME/.local/bin:$PATH\"\nexport PATH\n"),

        // The sandbox is the environment: no second one inside it, unless someone wants that.
        new("etc/pip.conf", "[global]\nbreak-system-packages = true\ndisable-pip-version-check = true\n"),
        // Root installs for all, agent for itself. A prefix of one's own also means a global npmrc of one's own.
        new("usr/local/etc/npmrc", Npm),
        new("home/agent/.npmrc", $"prefix=${{HOME}}/.local\n{Npm}", Owner: TemplateFileOwner.Agent),

        // /workspace belongs to agent; root of the sandbox works there too, and git would refuse.
        new("etc/gitconfig", "[safe]\n\tdirectory = *\n[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n"),
    ];

    /// <summary>Goes with our Node, not with Debian's: node-gyp finds its headers here, where the network may not lead to others.</summary>
    public static TemplateFile NodeHeaders { get; } = new("usr/local/lib/node_modules/npm/npmrc", "nodedir=/usr/local\n");
}

internal enum TemplateFileOwner
{
    Root,
    Agent,
}
