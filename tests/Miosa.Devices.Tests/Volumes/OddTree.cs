namespace Miosa.Devices.Tests.Volumes;

/// <summary>Files of every kind a sandbox may have, and all that there is to say of them.</summary>
internal static class OddTree
{
    public static Task<string> FillAsync(string directory) => ShellAsync(directory, """
        mkdir -p etc home/agent 'odd name
        with a line'
        echo hello > etc/plain; ln etc/plain etc/hard; ln -s /etc/shadow etc/link; mkfifo etc/pipe
        truncate -s 1G sparse; echo end >> sparse
        cp /bin/true tool; chmod 4755 tool; setcap cap_net_bind_service=ep tool
        chown 1000:1000 home/agent; chmod 2770 home/agent; touch -d '2001-02-03 04:05:06.789' etc/plain
        python3 -c "import os; os.setxattr('etc/plain', 'user.note', b'kept\\0so')"
        """);

    /// <summary>Names, kinds, owners, modes, times, links, lengths, attributes and contents. Directories have no length that file systems agree on.</summary>
    public static Task<string> DescribeAsync(string directory) => ShellAsync(directory, """
        find . -mindepth 1 \( -type d -printf '%P d %U:%G %m %T@\n' \) -o -printf '%P %y %U:%G %m %n %s %T@ %l\n' | sort
        find . -type f ! -name sparse -exec sha256sum {} + | sort
        getcap -r .
        python3 -c "import os; print(os.getxattr('etc/plain', 'user.note'))"
        """);

    public static Task<string> ShellAsync(string directory, string script) =>
        Tool.RunAsync("sh", ["-ec", script], "A step of the test failed.", "", TestContext.Current.CancellationToken, directory);
}
