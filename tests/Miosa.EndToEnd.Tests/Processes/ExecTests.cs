using System.Diagnostics;

namespace Miosa.EndToEnd.Tests.Processes;

public sealed class ExecTests(SharedHost host)
{
    [Fact]
    public async Task A_command_gives_its_exit_code_and_both_streams()
    {
        await using var sandbox = await host.SandboxAsync();

        var result = await sandbox.ExecAsync("echo out; echo err >&2; exit 3");

        Assert.Equal(("exited", 3, "out\n", "err\n"), ((string)result["status"]!, (int)result["exit_code"]!, (string)result["stdout"]!, (string)result["stderr"]!));
    }

    [Fact]
    public async Task A_command_is_the_agent_in_workspace_and_root_on_request()
    {
        await using var sandbox = await host.SandboxAsync();

        Assert.Equal("agent /workspace /home/agent", await sandbox.ShellAsync("echo $(id -un) $PWD $HOME"));
        Assert.Equal("root", await sandbox.ShellAsync("id -un", user: "root"));
    }

    [Fact]
    public async Task Arguments_are_not_touched_by_a_shell()
    {
        await using var sandbox = await host.SandboxAsync();

        var result = await sandbox.CallAsync("sandbox_exec", new { argv = new[] { "printf", "%s|", "$HOME", "a b", "'; rm -rf /", "\n" } });

        Assert.Equal("$HOME|a b|'; rm -rf /|\n|", (string)result["stdout"]!);
    }

    [Fact]
    public async Task Python_runs_and_its_failure_is_its_own()
    {
        await using var sandbox = await host.SandboxAsync();

        var works = await sandbox.CallAsync("sandbox_python", new { code = "print(sum(range(10)))" });
        var fails = await sandbox.CallAsync("sandbox_python", new { code = "raise ValueError('no')" });

        Assert.Equal("45\n", (string)works["stdout"]!);
        Assert.Equal(1, (int)fails["exit_code"]!);
        Assert.Contains("ValueError: no", (string)fails["stderr"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_is_not_there_is_told_apart_from_one_that_fails()
    {
        await using var sandbox = await host.SandboxAsync();

        var refusal = await sandbox.RefusedAsync("sandbox_exec", new { argv = new[] { "no-such-program" } });

        Assert.Equal("INVALID_INPUT", (string)refusal["code"]!);
        Assert.Contains("no-such-program", (string)refusal["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_working_directory_that_is_not_there_is_named()
    {
        await using var sandbox = await host.SandboxAsync();

        var refusal = await sandbox.RefusedAsync("sandbox_exec", new { command = "true", cwd = "/nowhere" });

        Assert.Contains("/nowhere", (string)refusal["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_outlives_the_wait_goes_on_under_its_handle()
    {
        await using var sandbox = await host.SandboxAsync();

        var started = await sandbox.ExecAsync("echo begun; read line < <(sleep 2); echo done", wait: 0);
        var output = await sandbox.Client.CallAsync("process_output", new { process_id = (string)started["process_id"]!, wait_seconds = 30, wait_for = "done" });

        Assert.Equal("running", (string)started["status"]!);
        Assert.True((bool)output["found"]!);
        Assert.Equal("begun\ndone\n", (string)output["output"]!);
    }

    [Fact]
    public async Task A_hard_timeout_kills_the_command_and_all_it_started()
    {
        await using var sandbox = await host.SandboxAsync();

        var result = await sandbox.CallAsync("sandbox_exec", new { command = "trap '' TERM; (setsid sleep 600 &) ; sleep 601", timeout = 1, wait_seconds = 30 });

        Assert.Equal("timed_out", (string)result["status"]!);
        Assert.Equal("", await sandbox.ShellAsync("pgrep -x sleep || true"));
    }

    [Fact]
    public async Task A_daemon_left_behind_neither_delays_the_answer_nor_is_hidden()
    {
        await using var sandbox = await host.SandboxAsync();
        var watch = Stopwatch.StartNew();

        var result = await sandbox.ExecAsync("(setsid sleep 300 & ) ; echo started");

        Assert.Equal(0, (int)result["exit_code"]!);
        Assert.Equal(1, (int)result["left_running"]!);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Input_reaches_a_command_that_waits_for_it()
    {
        await using var sandbox = await host.SandboxAsync();
        var started = await sandbox.CallAsync("sandbox_exec", new { command = "read name; echo hello $name; cat", keep_stdin_open = true, wait_seconds = 0 });
        var id = (string)started["process_id"]!;

        await sandbox.Client.CallAsync("process_input", new { process_id = id, text = "world\nmore" });
        await sandbox.Client.CallAsync("process_input", new { process_id = id, close = true });
        var output = await sandbox.Client.CallAsync("process_output", new { process_id = id, wait_seconds = 20, wait_for = "more" });

        Assert.Equal("hello world\nmore", (string)output["output"]!);
    }

    [Fact]
    public async Task A_terminal_is_one_and_has_the_size_asked_for()
    {
        await using var sandbox = await host.SandboxAsync();

        var result = await sandbox.CallAsync("sandbox_exec", new { command = "stty size; tty; test -t 0 && echo in", tty = true, rows = 33, columns = 111 });

        Assert.StartsWith("33 111\n/dev/pts/", (string)result["stdout"]!, StringComparison.Ordinal);
        Assert.EndsWith("in\n", (string)result["stdout"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_hundred_megabytes_of_output_are_counted_and_the_end_is_shown()
    {
        await using var sandbox = await host.SandboxAsync();

        var result = await sandbox.ExecAsync("yes 0123456789012345678901234567890123456789 | head -c 200000000; echo; echo the-end");

        Assert.Equal(0, (int)result["exit_code"]!);
        Assert.Equal(200_000_009, (long)result["output_bytes"]!);
        Assert.EndsWith("the-end\n", (string)result["stdout"]!, StringComparison.Ordinal);
        Assert.True(result.ToJsonString().Length <= 7_000, $"{result.ToJsonString().Length} characters");
        var page = await sandbox.Client.CallAsync("process_output", new { process_id = (string)result["process_id"]!, cursor = "0" });
        Assert.Contains("not kept", (string)page["note"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Binary_output_is_said_to_be_and_can_be_had_byte_for_byte()
    {
        await using var sandbox = await host.SandboxAsync();

        var result = await sandbox.ExecAsync("printf '\\000\\001\\377binary'");
        var page = await sandbox.Client.CallAsync("process_output", new { process_id = (string)result["process_id"]!, encoding = "base64" });

        Assert.Contains("binary", (string)result["note"]!, StringComparison.Ordinal);
        Assert.Equal([0, 1, 0xFF, .. "binary"u8], Convert.FromBase64String((string)page["output"]!));
    }

    [Fact]
    public async Task A_fork_bomb_ends_with_its_timeout_and_leaves_a_working_sandbox()
    {
        await using var sandbox = await host.SandboxAsync(new { size = "xs" });

        var result = await sandbox.CallAsync("sandbox_exec", new { command = ":(){ :|:& };:; sleep 100", timeout = 3, wait_seconds = 50 });
        var id = (string)result["process_id"]!;
        await sandbox.Client.CallAsync("process_signal", new { process_id = id, signal = "SIGKILL" }).ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.Equal("fine", await EventuallyAsync(() => sandbox.ShellAsync("echo fine")));
    }

    [Fact]
    public async Task Two_hundred_commands_at_once_all_tell_the_truth()
    {
        await using var sandbox = await host.SandboxAsync();

        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => sandbox.ExecAsync($"echo {i}; exit {i % 7}")));

        Assert.All(results.Select((result, i) => (result, i)), pair =>
        {
            Assert.Equal($"{pair.i}\n", (string)pair.result["stdout"]!);
            Assert.Equal(pair.i % 7, (int)pair.result["exit_code"]!);
        });
    }

    [Fact]
    public async Task Output_is_in_the_journal_as_it_came()
    {
        await using var sandbox = await host.SandboxAsync();

        await sandbox.ExecAsync("echo journaled");
        var events = await sandbox.Client.CallAsync("event_list", new { device = sandbox.Id, types = new[] { "command.*", "sandbox.exec.*" } });

        var list = events["events"]!.AsArray();
        Assert.Contains(list, entry => (string)entry!["type"]! is "command.output" && (string?)entry["data"]!["text"] is "journaled\n");
        Assert.Contains(list, entry => (string)entry!["type"]! is "sandbox.exec.completed" && (int?)entry["data"]!["exit_code"] is 0);
    }

    /// <summary>Asks again until it works; a bomb's remains need a moment to be cleared away.</summary>
    private static async Task<T> EventuallyAsync<T>(Func<Task<T>> ask)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (Exception) when (TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30))
            {
                await Task.Yield();
            }
        }
    }
}
