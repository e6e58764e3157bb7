using System.Globalization;
using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests.Sandboxes;

/// <summary>Sandboxes that are frozen and stopped, by request and by themselves, and what wakes them.</summary>
public sealed class SleepTests(SharedHost host)
{
    private const string Counter = "i=0; while :; do i=$((i+1)); echo $i > /workspace/count; sleep 0.02; done";
    private static readonly string[] Lifecycle = ["--toolsets", "default,lifecycle"];

    [Fact]
    public async Task A_frozen_sandbox_does_nothing_and_goes_on_where_it_was()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var sandbox = await host.SandboxAsync();
        await using var client = await Client.StdioAsync(SharedHost.Home, Lifecycle);
        var counter = (string)(await sandbox.CallAsync("sandbox_exec", new { command = Counter, wait_seconds = 0 }))["process_id"]!;
        await sandbox.ShellAsync("until test -s count; do sleep 0.01; done");

        var paused = await client.CallAsync("sandbox_pause", new { sandbox_id = sandbox.Id });
        var group = Group(sandbox.Id);
        var (cpu, state) = (CpuNanoseconds(group), await sandbox.CallAsync("sandbox_get", new { }));
        // Looked at from outside, without a call that would wake it.
        await client.CallAsync("event_list", new { types = new[] { "never.happens" }, wait_seconds = 1 });
        var cpuLater = CpuNanoseconds(group);
        var before = long.Parse(await sandbox.ShellAsync("cat count"), CultureInfo.InvariantCulture);
        await sandbox.ShellAsync($"until test $(cat count) -gt {before + 2}; do sleep 0.01; done");
        var running = await client.CallAsync("process_list", new { sandbox_id = sandbox.Id, status = "running" });

        Assert.Equal(("paused", "frozen"), ((string)paused["state"]!, (string)paused["sleep"]!));
        Assert.Equal(("paused", "frozen"), ((string)state["state"]!, (string)state["sleep"]!));
        Assert.Equal(cpu, cpuLater);
        Assert.Equal(counter, (string)Assert.Single(running["processes"]!.AsArray())!["process_id"]!);
        var got = await sandbox.CallAsync("sandbox_get", new { });
        Assert.Equal("running", (string)got["state"]!);
        Assert.Null(got["sleep"]);
    }

    [Fact]
    public async Task Every_kind_of_call_wakes_and_a_hard_timeout_does_not_count_while_frozen()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var sandbox = await host.SandboxAsync();
        await using var client = await Client.StdioAsync(SharedHost.Home, Lifecycle);
        var timed = (string)(await sandbox.CallAsync("sandbox_exec", new { command = "cat; sleep 1; echo done", timeout = 5, keep_stdin_open = true, wait_seconds = 0 }))["process_id"]!;
        await sandbox.CallAsync("sandbox_write_file", new { path = "kept.txt", content = "kept" });

        await client.CallAsync("sandbox_pause", new { sandbox_id = sandbox.Id });
        // Longer than its timeout.
        await client.CallAsync("event_list", new { types = new[] { "never.happens" }, wait_seconds = 7 });
        Assert.Equal("kept\n", (string)(await sandbox.CallAsync("sandbox_read_file", new { path = "kept.txt" }))["text"]!);
        await client.CallAsync("sandbox_pause", new { sandbox_id = sandbox.Id });
        await client.CallAsync("process_input", new { process_id = timed, text = "said\n", close = true });
        await client.CallAsync("sandbox_pause", new { sandbox_id = sandbox.Id });
        var output = await client.CallAsync("process_output", new { process_id = timed, wait_seconds = 20, wait_for = "done" });
        await client.CallAsync("sandbox_pause", new { sandbox_id = sandbox.Id });
        Assert.Equal("running", (string)(await client.CallAsync("sandbox_resume", new { sandbox_id = sandbox.Id }))["state"]!);

        Assert.Equal("said\ndone\n", (string)output["output"]!);
        Assert.Equal(0, (int)(await sandbox.ExecAsync("true"))["exit_code"]!);
    }

    [Fact]
    public async Task A_stopped_sandbox_keeps_its_files_and_a_frozen_one_can_be_stopped_and_destroyed()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var client = await Client.StdioAsync(SharedHost.Home, Lifecycle);
        var id = (string)(await client.CallAsync("sandbox_create", new { }))["sandbox_id"]!;
        await client.CallAsync("sandbox_exec", new { sandbox_id = id, command = "echo kept > kept.txt; sleep 600", wait_seconds = 1 });

        await client.CallAsync("sandbox_pause", new { sandbox_id = id });
        var stopped = await client.CallAsync("sandbox_pause", new { sandbox_id = id, stop = true });
        var gone = await client.CallAsync("process_list", new { sandbox_id = id });
        var read = await client.CallAsync("sandbox_read_file", new { sandbox_id = id, path = "kept.txt" });
        await client.CallAsync("sandbox_pause", new { sandbox_id = id });
        var destroyed = await client.CallAsync("sandbox_destroy", new { sandbox_id = id });
        var refused = await client.RefusedAsync("sandbox_pause", new { sandbox_id = id });

        Assert.Equal("stopped", (string)stopped["sleep"]!);
        Assert.DoesNotContain("running", gone.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("kept\n", (string)read["text"]!);
        Assert.Equal("destroyed", (string)destroyed["state"]!);
        Assert.Equal("GONE", (string)refused["code"]!);
        Assert.False(Directory.Exists(Group(id)));
    }

    [Fact]
    public async Task Twenty_callers_that_pause_resume_and_work_at_once_all_get_an_answer()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var sandbox = await host.SandboxAsync();
        await using var client = await Client.StdioAsync(SharedHost.Home, Lifecycle);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(async caller =>
        {
            for (var round = 0; round < 5; round++)
            {
                switch (caller % 4)
                {
                    case 0:
                        await client.CallAsync("sandbox_pause", new { sandbox_id = sandbox.Id });
                        break;
                    case 1:
                        await client.CallAsync("sandbox_resume", new { sandbox_id = sandbox.Id });
                        break;
                    case 2:
                        Assert.Equal($"{caller}\n", (string)(await client.CallAsync("sandbox_exec", new { sandbox_id = sandbox.Id, command = $"echo {caller}" }))["stdout"]!);
                        break;
                    default:
                        await client.CallAsync("sandbox_write_file", new { sandbox_id = sandbox.Id, path = $"f{caller}", content = new string('x', 100_000) });
                        break;
                }
            }
        }));

        Assert.Equal("5", await sandbox.ShellAsync("cat f* | wc -c | sed s/00000//"));
    }

    [Fact]
    public async Task An_idle_sandbox_is_told_of_frozen_and_stopped_and_a_use_in_progress_is_no_idleness()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync();
        await home.SetAsync(new { Sandboxes = new { FreezeAfter = "00:00:03", StopAfter = "00:00:07", SleepNotice = "00:00:01" } });
        await using var server = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        await using var client = await Client.StdioAsync(home.Path, Lifecycle);
        var id = (string)(await client.CallAsync("sandbox_create", new { }))["sandbox_id"]!;
        var awake = (string)(await client.CallAsync("sandbox_create", new { sleep_after_sec = 0 }))["sandbox_id"]!;

        // In use all the time, and longer than it may be idle.
        var used = await client.CallAsync("sandbox_exec", new { sandbox_id = id, command = "for i in $(seq 45); do sleep 0.1; done; echo done", wait_seconds = 20 });
        var frozen = await EventAsync(client, id, "sandbox.paused", 1);
        var stopped = await EventAsync(client, id, "sandbox.paused", 2);
        var idle = await EventAsync(client, id, "sandbox.idle", 2);
        var got = await client.CallAsync("sandbox_get", new { sandbox_id = id });
        var other = await client.CallAsync("sandbox_get", new { sandbox_id = awake });
        var woken = await client.CallAsync("sandbox_exec", new { sandbox_id = id, command = "echo back" });
        await client.CallAsync("sandbox_destroy", new { sandbox_id = id });
        await client.CallAsync("sandbox_destroy", new { sandbox_id = awake });

        Assert.Equal("done\n", (string)used["stdout"]!);
        Assert.Equal(["freeze", "stop"], idle.Select(each => (string)each["data"]!["action"]!));
        Assert.Equal("frozen", (string)frozen[0]["data"]!["sleep"]!);
        Assert.Equal("stopped", (string)stopped[1]["data"]!["sleep"]!);
        Assert.True(string.CompareOrdinal((string)idle[0]["at"]!, (string)frozen[0]["at"]!) < 0);
        Assert.Equal("stopped", (string)got["sleep"]!);
        Assert.Equal("running", (string)other["state"]!);
        Assert.Equal("back\n", (string)woken["stdout"]!);
    }

    [Fact]
    public async Task A_host_that_was_killed_finds_a_frozen_sandbox_frozen_and_its_processes_alive()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync();
        var first = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        await using var client = await Client.StdioAsync(home.Path, Lifecycle);
        var id = (string)(await client.CallAsync("sandbox_create", new { }))["sandbox_id"]!;
        var process = (string)(await client.CallAsync("sandbox_exec", new { sandbox_id = id, command = "echo before; until test -e go; do sleep 0.05; done; echo after; exit 7", wait_seconds = 1 }))["process_id"]!;
        await client.CallAsync("sandbox_pause", new { sandbox_id = id });

        await first.KillAsync();
        await using var second = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        var found = await client.CallAsync("sandbox_get", new { sandbox_id = id });
        await client.CallAsync("sandbox_write_file", new { sandbox_id = id, path = "go", content = "" });
        var output = await client.CallAsync("process_output", new { process_id = process, wait_seconds = 30, wait_for = "after" });
        var ended = await EventAsync(client, id, "sandbox.exec.completed", 1);
        await client.CallAsync("sandbox_destroy", new { sandbox_id = id });

        Assert.Equal(("paused", "frozen"), ((string)found["state"]!, (string)found["sleep"]!));
        Assert.Equal("before\nafter\n", (string)output["output"]!);
        Assert.Equal(7, (int)ended[0]["data"]!["exit_code"]!);
    }

    [Fact]
    public async Task A_strong_sandbox_is_frozen_like_any_other_or_it_is_said_that_it_cannot_be()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var client = await Client.StdioAsync(SharedHost.Home, Lifecycle);
        var created = await client.CallAsync("sandbox_create", new { isolation = "strong" });
        var id = (string)created["sandbox_id"]!;
        try
        {
            Assert.SkipWhen((string)created["state"]! is "error", "This machine has no runtime for isolation strong.");
            var paused = await client.RawAsync("sandbox_pause", new { sandbox_id = id });
            if (paused.IsError is true)
                Assert.Contains("NOT_SUPPORTED", Client.Text(paused), StringComparison.Ordinal);
            else
                Assert.Contains("\"frozen\"", Client.Text(paused), StringComparison.Ordinal);
            Assert.Equal("back\n", (string)(await client.CallAsync("sandbox_exec", new { sandbox_id = id, command = "echo back", wait_seconds = 50 }))["stdout"]!);
            Assert.Equal("stopped", (string)(await client.CallAsync("sandbox_pause", new { sandbox_id = id, stop = true }))["sleep"]!);
            TestContext.Current.SendDiagnosticMessage(Client.Text(paused));
        }
        finally
        {
            await client.CallAsync("sandbox_destroy", new { sandbox_id = id });
        }
    }

    [Fact]
    public async Task An_end_is_moved_and_where_there_is_none_that_is_said()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var endless = await host.SandboxAsync();
        await using var ending = await host.SandboxAsync(new { timeout_sec = 600 });
        await using var client = await Client.StdioAsync(SharedHost.Home, Lifecycle);

        var before = await ending.CallAsync("sandbox_get", new { });
        var after = await client.CallAsync("sandbox_extend", new { sandbox_id = ending.Id, seconds = 60 });
        var refused = await client.RefusedAsync("sandbox_extend", new { sandbox_id = endless.Id, seconds = 60 });
        await client.CallAsync("sandbox_extend", new { sandbox_id = endless.Id });

        Assert.Equal(TimeSpan.FromSeconds(60), End(after) - End(before));
        Assert.Equal("CONFLICT", (string)refused["code"]!);

        static DateTimeOffset End(JsonObject sandbox) => DateTimeOffset.Parse((string)sandbox["expires_at"]!, CultureInfo.InvariantCulture);
    }

    /// <summary>The events of a type once there are as many.</summary>
    internal static async Task<IReadOnlyList<JsonObject>> EventAsync(Client client, string id, string type, int count)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var page = await client.CallAsync("event_list", new { types = new[] { type }, device = id, limit = 50 });
            var events = page["events"]!.AsArray().Select(each => each!.AsObject()).ToList();
            if (events.Count >= count)
                return events;
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(40), $"No {type} ({count}) of {id}: {page}");
            if ((string?)page["next_cursor"] is { } since)
                await client.CallAsync("event_list", new { types = new[] { type }, device = id, since, wait_seconds = 5 });
            else
                await client.CallAsync("event_list", new { types = new[] { type }, device = id, wait_seconds = 5 });
        }
    }

    private static string Group(string id) => Directory.GetDirectories("/sys/fs/cgroup/cpuacct/miosa", id, SearchOption.AllDirectories).FirstOrDefault() ?? $"/none/{id}";

    private static long CpuNanoseconds(string group) => long.Parse(File.ReadAllText(Path.Combine(group, "cpuacct.usage")).Trim(), CultureInfo.InvariantCulture);
}
