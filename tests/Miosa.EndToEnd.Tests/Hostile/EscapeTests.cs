namespace Miosa.EndToEnd.Tests.Hostile;

/// <summary>What an attacker inside a sandbox tries first. Every line is run as root of the sandbox: the worst case.</summary>
public sealed class EscapeTests(SharedHost host)
{
    [Theory]
    [InlineData("mount -t tmpfs none /mnt")]
    [InlineData("mount --bind / /mnt")]
    [InlineData("umount /proc")]
    [InlineData("unshare --user --map-root-user true")]
    [InlineData("unshare --mount true")]
    [InlineData("unshare --net true")]
    [InlineData("nsenter --target 1 --mount true")]
    [InlineData("chroot /proc/1/root true && test $(readlink /proc/1/ns/mnt) != $(readlink /proc/self/ns/mnt)")]
    [InlineData("mknod /tmp/sda b 8 0 && dd if=/tmp/sda of=/dev/null count=1")]
    [InlineData("mknod /tmp/mem c 1 1")]
    [InlineData("mknod /tmp/vda b 254 0")]
    [InlineData("cat /proc/kcore > /dev/null")]
    [InlineData("cat /proc/keys | grep .")]
    [InlineData("cat /proc/cmdline | grep .")]
    [InlineData("echo 1 > /proc/sys/kernel/panic")]
    [InlineData("echo c > /proc/sysrq-trigger")]
    [InlineData("echo core > /proc/sys/kernel/core_pattern")]
    [InlineData("python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'")]
    [InlineData("python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)'")]
    [InlineData("python3 -c 'import socket; socket.socket(38, socket.SOCK_SEQPACKET)'")]
    [InlineData("python3 -c 'import ctypes,os; r=ctypes.CDLL(None).syscall(250,0,0,0,0,0); os._exit(0 if r>=0 else 1)'")]
    [InlineData("python3 -c 'import ctypes,os; r=ctypes.CDLL(None).syscall(248,b\"user\",b\"x\",b\"y\",1,-3); os._exit(0 if r>=0 else 1)'")]
    [InlineData("python3 -c 'import ctypes,os; r=ctypes.CDLL(None).syscall(321,0,0,0); os._exit(0 if r>=0 else 1)'")]
    [InlineData("python3 -c 'import ctypes,os; r=ctypes.CDLL(None).syscall(425,8,0); os._exit(0 if r>=0 else 1)'")]
    [InlineData("python3 -c 'import ctypes,os; r=ctypes.CDLL(None).ptrace(16,1,0,0); os._exit(0 if r>=0 else 1)'")]
    [InlineData("cat /proc/1/environ | grep .")]
    [InlineData("head -c 1 /proc/1/mem")]
    [InlineData("readlink /proc/1/fd/3")]
    [InlineData("ls /proc/1/root/")]
    [InlineData("kill -9 1 && ! kill -0 1")]
    [InlineData("echo x > /run/miosa/door")]
    [InlineData("cp /bin/true /run/miosa/door")]
    [InlineData("hostname changed-by-sandbox")]
    [InlineData("date --set '2001-01-01'")]
    [InlineData("test $(nice -n -10 nice) -lt $(nice)")]
    [InlineData("ls /sys/class /sys/fs /sys/kernel")]
    [InlineData("ls /var/tmp/miosa-tests /root/.miosa")]
    [InlineData("python3 -c \"import fcntl,os; fcntl.ioctl(os.open('/workspace',os.O_RDONLY),0x5000940e,b'\\0'*8+b'sub'+b'\\0'*4085)\"")]
    public async Task An_attempt_to_leave_or_to_change_the_machine_fails(string command)
    {
        await using var sandbox = await host.SandboxAsync();

        var result = await sandbox.ExecAsync(command, user: "root");

        Assert.True((int?)result["exit_code"] is not 0, $"{command} worked: {result}");
        Assert.Equal("alive", await sandbox.ShellAsync("echo alive"));
    }

    [Theory]
    [InlineData("agent", "0000000000000000")]
    [InlineData("root", null)]
    public async Task A_command_has_no_more_rights_than_it_should(string user, string? bounding)
    {
        await using var sandbox = await host.SandboxAsync();

        var status = (await sandbox.ShellAsync("cat /proc/self/status", user)).Split('\n')
            .Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0], pair => pair[1].Trim(), StringComparer.Ordinal);

        Assert.Equal("1", status["NoNewPrivs"]);
        Assert.Equal("2", status["Seccomp"]);
        Assert.Equal("0000000000000000", status["CapInh"]);
        Assert.Equal("0000000000000000", status["CapAmb"]);
        if (bounding is not null)
        {
            Assert.Equal(bounding, status["CapBnd"]);
            Assert.Equal(bounding, status["CapEff"]);
        }
        // CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_NET_ADMIN, CAP_NET_RAW, CAP_MKNOD, CAP_SETPCAP.
        var held = Convert.ToUInt64(status["CapBnd"], 16);
        Assert.All([21, 19, 12, 13, 27, 8], capability => Assert.Equal(0UL, held & (1UL << capability)));
    }

    [Fact]
    public async Task What_stands_in_the_place_of_its_system_files_keeps_nobody_waiting_when_it_starts()
    {
        await using var sandbox = await host.SandboxAsync();
        await sandbox.ShellAsync("rm /etc/passwd /etc/group && mkfifo /etc/passwd /etc/group", user: "root");

        await sandbox.CallAsync("sandbox_pause", new { stop = true });
        Assert.Equal("0", await sandbox.ShellAsync("id -u", user: "root"));
        var fork = (await sandbox.CallAsync("sandbox_fork", new { }))["forks"]![0]!;

        Assert.Equal("running", (string)fork["state"]!);
        await sandbox.Client.CallAsync("sandbox_destroy", new { sandbox_id = (string)fork["sandbox_id"]! });
    }

    [Fact]
    public async Task A_command_inherits_no_descriptor_and_no_group_of_the_host()
    {
        await using var sandbox = await host.SandboxAsync();

        Assert.Equal("0 1 2", await sandbox.ShellAsync("ls /proc/$$/fd | xargs; :"));
        Assert.Equal("1000", await sandbox.ShellAsync("id -G"));
        Assert.Equal("0", await sandbox.ShellAsync("id -G", user: "root"));
    }

    [Fact]
    public async Task Only_its_own_processes_are_seen()
    {
        await using var sandbox = await host.SandboxAsync();

        var names = (await sandbox.ShellAsync("ps -e -o comm=", user: "root")).Split('\n').Select(name => name.Trim()).ToHashSet(StringComparer.Ordinal);

        Assert.Empty(names.Except(["door", "bash", "ps", "miosa-door"]));
    }

    [Fact]
    public async Task The_environment_holds_nothing_of_the_host()
    {
        await using var sandbox = await host.SandboxAsync(new { env = new { OWN = "yes" } });

        var variables = (await sandbox.ShellAsync("env")).Split('\n').Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        // What leads to the network is the sandbox's own: its proxy on its loopback, and certificates in its file system.
        string[] ofTheNetwork = ["http://127.0.0.1:3128", "localhost,127.0.0.1,::1", "/run/miosa/certificates.pem"];
        var names = variables.Where(variable => !ofTheNetwork.Contains(variable.Value, StringComparer.Ordinal) && variable.Key is not "NODE_USE_ENV_PROXY").Select(variable => variable.Key);

        Assert.Equal(["HOME", "LANG", "LOGNAME", "MIOSA_SANDBOX_ID", "OWN", "PATH", "PWD", "SHELL", "SHLVL", "TERM", "USER", "_"], names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task There_is_no_way_out_by_the_network()
    {
        await using var sandbox = await host.SandboxAsync();

        foreach (var target in (string[])["169.254.169.254/80", "10.0.0.1/80", "192.168.0.1/80", "8.8.8.8/53", "127.0.0.1/6467"])
        {
            var result = await sandbox.ExecAsync($"timeout 3 bash -c 'echo > /dev/tcp/{target}'", user: "root");
            Assert.True((int?)result["exit_code"] is not 0, target);
        }
        Assert.Equal("lo", await sandbox.ShellAsync("ip -o link | cut -d: -f2 | tr -d ' '"));
    }

    [Fact]
    public async Task Two_sandboxes_share_no_file_no_port_no_process_and_no_user()
    {
        await using var one = await host.SandboxAsync();
        await using var two = await host.SandboxAsync();
        await one.ShellAsync("echo secret > /tmp/mine; echo secret > /dev/shm/mine");
        await one.CallAsync("sandbox_exec", new { command = "python3 -m http.server 8000", wait_seconds = 0 });

        Assert.Equal("none", await two.ShellAsync("cat /tmp/mine /dev/shm/mine 2>/dev/null || echo none", user: "root"));
        Assert.NotEqual(0, (int)(await two.ExecAsync("timeout 3 bash -c 'echo > /dev/tcp/127.0.0.1/8000'"))["exit_code"]!);
        Assert.DoesNotContain("http.server", await two.ShellAsync("ps -ef", user: "root"), StringComparison.Ordinal);
        const string owner = "grep ' /run ' /proc/self/mountinfo | grep -o 'uid=[0-9]*'";
        Assert.NotEqual(await one.ShellAsync(owner), await two.ShellAsync(owner));
    }

    [Fact]
    public async Task A_setuid_program_gives_nothing()
    {
        await using var sandbox = await host.SandboxAsync();
        await sandbox.ShellAsync("cp /usr/bin/id /usr/local/bin/suid && chmod 4755 /usr/local/bin/suid", user: "root");

        Assert.Equal("1000", await sandbox.ShellAsync("suid -u"));
    }

    [Theory]
    [InlineData("/proc/1/root/etc/shadow")]
    [InlineData("/proc/1/environ")]
    [InlineData("/proc/self/mem")]
    [InlineData("/../../../../../../../../etc/hostname-of-the-machine")]
    public async Task A_file_tool_reads_nothing_that_a_command_could_not(string path)
    {
        await using var sandbox = await host.SandboxAsync();

        await sandbox.RefusedAsync("sandbox_read_file", new { path });
    }

    [Fact]
    public async Task A_link_out_of_the_sandbox_leads_to_the_sandbox()
    {
        await using var sandbox = await host.SandboxAsync();
        var outside = Path.Combine(Path.GetTempPath(), $"outside-{Guid.NewGuid():n}");
        await File.WriteAllTextAsync(outside, "of the machine", TestContext.Current.CancellationToken);
        try
        {
            await sandbox.ShellAsync($"ln -s {outside} link; ln -s ../../../../../../..{outside} up");

            await sandbox.RefusedAsync("sandbox_read_file", new { path = "link" });
            await sandbox.RefusedAsync("sandbox_read_file", new { path = "up" });
            await sandbox.Client.RawAsync("sandbox_write_file", new { sandbox_id = sandbox.Id, path = "link", content = "changed" });

            Assert.Equal("of the machine", await File.ReadAllTextAsync(outside, TestContext.Current.CancellationToken));
        }
        finally
        {
            File.Delete(outside);
        }
    }

    [Fact]
    public async Task A_link_swapped_while_files_are_written_never_leads_out_of_the_users_rights()
    {
        await using var sandbox = await host.SandboxAsync();
        await sandbox.ShellAsync("echo untouched > /root/precious; chmod 644 /root/precious; chmod 755 /root", user: "root");
        var swap = await sandbox.CallAsync("sandbox_exec", new { command = "mkdir -p real; while :; do rm -rf d; ln -s real d; rm -f d; ln -s /root d; done", wait_seconds = 0, timeout = 60 });

        for (var i = 0; i < 60; i++)
            await sandbox.Client.RawAsync("sandbox_write_file", new { sandbox_id = sandbox.Id, path = "d/precious", content = "changed" });
        await sandbox.Client.CallAsync("process_signal", new { process_id = (string)swap["process_id"]!, signal = "SIGKILL" });

        Assert.Equal("untouched", await sandbox.ShellAsync("cat /root/precious", user: "root"));
    }

    [Fact]
    public async Task Memory_beyond_the_limit_kills_the_command_and_not_the_machine()
    {
        await using var sandbox = await host.SandboxAsync(new { size = "xs", memory_mb = 256 });
        Assert.SkipWhen(sandbox.Created["notes"]!.AsArray().Count > 0, "This machine cannot keep limits, and the sandbox says so.");

        var result = await sandbox.ExecAsync("python3 -c 'x = bytearray(1 << 30)'");

        Assert.NotEqual(0, (int?)result["exit_code"] ?? -1);
        Assert.Equal("alive", await sandbox.ShellAsync("echo alive"));
    }

    [Fact]
    public async Task Packages_install_as_root_of_the_sandbox()
    {
        await using var sandbox = await host.SandboxAsync();
        const string build = """
            mkdir -p /tmp/p/DEBIAN /tmp/p/usr/local/bin
            printf 'Package: hello-here\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.com>\nDescription: x\n' > /tmp/p/DEBIAN/control
            printf '#!/bin/sh\necho installed\n' > /tmp/p/usr/local/bin/hello-here; chmod 755 /tmp/p/usr/local/bin/hello-here
            dpkg-deb --build --root-owner-group /tmp/p /tmp/hello.deb && apt-get install -y /tmp/hello.deb
            """;

        var installed = await sandbox.ExecAsync(build, user: "root");

        Assert.True((int)installed["exit_code"]! is 0, installed.ToJsonString());
        Assert.Equal("installed", await sandbox.ShellAsync("hello-here"));
    }
}
