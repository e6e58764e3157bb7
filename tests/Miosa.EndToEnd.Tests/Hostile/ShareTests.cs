namespace Miosa.EndToEnd.Tests.Hostile;

/// <summary>What one sandbox may take of things that the kernel has only once for the whole machine.</summary>
public sealed class ShareTests(SharedHost host)
{
    [Fact]
    public async Task File_watches_end_for_the_sandbox_that_takes_all_and_for_nobody_else()
    {
        await using var greedy = await host.SandboxAsync();
        await using var other = await host.SandboxAsync();
        const string takeAll = """
            python3 - <<'END'
            import ctypes, os, time
            libc = ctypes.CDLL(None)
            taken = 0
            for user in range(50):
                os.setresuid(user, user, 0)
                while libc.inotify_init1(0) >= 0:
                    taken += 1
                os.setresuid(0, 0, 0)
            print(taken, flush=True)
            time.sleep(300)
            END
            """;

        var taking = await greedy.CallAsync("sandbox_exec", new { command = takeAll, user = "root", wait_seconds = 0 });
        var output = await greedy.Client.CallAsync("process_output", new { process_id = (string)taking["process_id"]!, wait_seconds = 30, wait_for = "\n" });

        Assert.InRange(int.Parse((string)output["output"]!, System.Globalization.CultureInfo.InvariantCulture), 1, 128);
        await other.ShellAsync("python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).inotify_init1(0) < 0)'");
        await other.ShellAsync("touch seen");
        var seen = await other.Client.CallAsync("event_list", new { device = other.Id, types = new[] { "file.changed" }, wait_seconds = 20 });
        Assert.NotEmpty(seen["events"]!.AsArray());
    }

    [Fact]
    public async Task When_the_machine_runs_out_of_memory_an_ordinary_sandbox_goes_before_the_host()
    {
        await using var sandbox = await host.SandboxAsync();

        Assert.Equal("500", await sandbox.ShellAsync("cat /proc/self/oom_score_adj"));
    }

    [Fact]
    public async Task The_machines_other_users_can_reach_no_door_and_no_file_of_a_sandbox()
    {
        await using var sandbox = await host.SandboxAsync();

        var socket = Directory.GetFiles("/run/miosa", "door.sock", SearchOption.AllDirectories).Single(path => path.Contains(sandbox.Id, StringComparison.Ordinal));
        var pool = Path.Combine(SharedHost.Home, "engine", "volumes");

        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(socket) & OthersAndGroup);
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(pool) & OthersAndGroup);
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(SharedHost.Home) & OthersAndGroup);
    }

    private static UnixFileMode OthersAndGroup => (UnixFileMode)0b000_111_111;
}
