using System.Globalization;
using System.Text;
using Miosa.Devices.Doors;

namespace Miosa.Devices.Tests.Doors;

public sealed class KeeperTests
{
    private static bool Lives(int pid) => Directory.Exists($"/proc/{pid}")
        && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);

    [Fact]
    public async Task A_process_that_ignores_SIGTERM_is_killed_when_its_time_is_over()
    {
        await using var door = await RunningDoor.StartAsync();

        var finished = await door.RunAsync(door.Command(await CompiledC.HostileAsync(), "stubborn") with { HardTimeout = TimeSpan.FromMilliseconds(100) });

        Assert.Equal((ProcessStatus.Signaled, 9, true), (finished.State.Status, finished.State.Signal, finished.State.TimedOut));
        Assert.InRange(finished.State.EndedAt!.Value - finished.State.StartedAt, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_polite_process_may_end_itself_when_its_time_is_over()
    {
        await using var door = await RunningDoor.StartAsync();

        var finished = await door.RunAsync(door.Shell("trap 'echo bye; exit 5' TERM; while :; do sleep 0.01; done") with { HardTimeout = TimeSpan.FromMilliseconds(200) });

        Assert.Equal(("bye\n", 5, true), (finished.Output, finished.State.ExitCode, finished.State.TimedOut));
    }

    [Fact]
    public async Task A_daemon_that_holds_the_output_does_not_delay_the_exit_and_is_counted()
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Command(await CompiledC.HostileAsync(), "daemon") with { Input = new ProcessInput.Open() };
        await using var process = await door.Client.StartAsync(start);
        var daemon = await FirstNumberAsync(process);

        await door.Client.InputAsync(start.Id, "\n"u8.ToArray());
        var state = await process.WaitAsync();

        Assert.Equal((0, 1), (state.ExitCode, state.Remaining));
        Assert.True(Lives(daemon));
        Assert.Equal(1, (await door.Client.ListAsync()).Single().Remaining);

        await door.Client.SignalAsync(start.Id, Native.Sigkill, tree: true);
        Assert.False(Lives(daemon));
        await Wait.UntilAsync(async () => (await door.Client.ListAsync()).Single().Remaining == 0, "nothing remains");
    }

    [Fact]
    public async Task A_hard_timeout_takes_daemons_along()
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Command(await CompiledC.HostileAsync(), "daemon") with { Input = new ProcessInput.Open(), HardTimeout = TimeSpan.FromMilliseconds(300) };
        await using var process = await door.Client.StartAsync(start);
        var daemon = await FirstNumberAsync(process);

        var state = await process.WaitAsync();

        Assert.Equal((true, 0), (state.TimedOut, state.Remaining));
        Assert.False(Lives(daemon));
    }

    [Theory]
    [InlineData("bomb")]
    [InlineData("comet")]
    public async Task What_multiplies_is_killed_to_the_last(string mode)
    {
        await using var door = await RunningDoor.StartAsync();

        var start = door.Command(await CompiledC.HostileAsync(), mode) with { HardTimeout = TimeSpan.FromMilliseconds(300) };
        await using var process = await door.Client.StartAsync(start);
        var state = await process.WaitAsync();
        if (mode == "comet")
            await door.Client.SignalAsync(start.Id, Native.Sigkill, tree: true);

        Assert.Equal(mode == "bomb", state.TimedOut);
        await Wait.UntilAsync(() => RunningDoor.Below(door.Pid).Count <= 1, "nothing is left");
        Assert.Equal(0, (await door.Client.ListAsync()).Single().Remaining);
    }

    [Fact]
    public async Task A_signal_goes_to_the_group_or_to_the_whole_tree()
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Shell("exec 2>/dev/null; trap 'echo hup' HUP; trap 'echo usr; exit 4' USR1; echo up; while :; do sleep 0.01; done");
        await using var process = await door.Client.StartAsync(start);
        var lines = Lines(process).GetAsyncEnumerator();

        Assert.Equal("up", await NextAsync(lines));
        await door.Client.SignalAsync(start.Id, 1);
        await door.Client.SignalAsync(start.Id, 10, tree: true);
        Assert.Equal("hup", await NextAsync(lines));
        Assert.Equal("usr", await NextAsync(lines));
        Assert.False(await lines.MoveNextAsync());
        Assert.Equal(4, process.Ended!.ExitCode);
        await lines.DisposeAsync();
    }

    [Fact]
    public async Task Signals_and_input_for_what_has_ended_say_so()
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Command("true");
        await door.RunAsync(start);
        await Wait.UntilAsync(() => RunningDoor.Below(door.Pid).Count <= 1, "the keeper is gone");

        Assert.Equal(Errno.ESRCH, (await Assert.ThrowsAsync<DoorException>(() => door.Client.SignalAsync(start.Id, 15))).Errno);
        Assert.Equal(Errno.ESRCH, (await Assert.ThrowsAsync<DoorException>(() => door.Client.InputAsync(start.Id, "x"u8.ToArray()))).Errno);
        Assert.Equal(Errno.ENOENT, (await Assert.ThrowsAsync<DoorException>(() => door.Client.SignalAsync("nobody", 15))).Errno);
        Assert.Equal(Errno.ENOENT, (await Assert.ThrowsAsync<DoorException>(() => door.Client.TailAsync("nobody", 0, 10, TimeSpan.Zero))).Errno);
    }

    [Fact]
    public async Task Processes_outlive_a_killed_connection_but_not_a_killed_sandbox_and_are_then_lost()
    {
        var root = Directory.CreateTempSubdirectory("door-").FullName;
        var door = await RunningDoor.StartAsync(root, []);
        var start = door.Shell("echo hello; exec sleep 1000");
        await using (var process = await door.Client.StartAsync(start))
            await foreach (var _ in process.ReadOutputAsync())
                break;
        Assert.True((await door.Client.ListAsync()).Single().IsRunning);

        await door.KillEverythingAsync();

        await using var again = await RunningDoor.StartAsync(root, []);
        var state = (await again.Client.ListAsync()).Single();
        Assert.Equal((ProcessStatus.Lost, start.Id), (state.Status, state.Id));
        var page = await again.Client.TailAsync(start.Id, 0, 100, TimeSpan.FromSeconds(10));
        Assert.Equal("hello\n", Encoding.UTF8.GetString(page.Chunks.Single().Bytes.Span));
        Assert.Equal(ProcessStatus.Lost, page.State.Status);
    }

    [Fact]
    public async Task A_sandbox_that_is_stopped_ends_its_processes_and_writes_down_how()
    {
        var root = Directory.CreateTempSubdirectory("door-").FullName;
        var door = await RunningDoor.StartAsync(root, []);
        var polite = door.Shell("trap 'echo bye; exit 6' TERM; echo up; while :; do sleep 0.01; done");
        var stubborn = door.Command(await CompiledC.HostileAsync(), "stubborn");
        await using var first = await door.Client.StartAsync(polite);
        await using var second = await door.Client.StartAsync(stubborn);
        await foreach (var _ in first.ReadOutputAsync())
            break;
        var pid = door.Pid;

        _ = Native.Kill(pid, Native.Sigterm);
        await Wait.UntilAsync(() => !Lives(pid), "the door has ended");

        await using var again = await RunningDoor.StartAsync(root, []);
        var states = (await again.Client.ListAsync()).ToDictionary(state => state.Id, StringComparer.Ordinal);
        Assert.Equal((6, true), (states[polite.Id].ExitCode, states[polite.Id].EndedWithSandbox));
        Assert.Equal((9, true), (states[stubborn.Id].Signal, states[stubborn.Id].EndedWithSandbox));
        Assert.False(Lives(second.Pid));
    }

    [Fact]
    public async Task Only_the_newest_thousand_ended_processes_are_remembered()
    {
        await using var door = await RunningDoor.StartAsync();
        var starts = Enumerable.Range(0, 1290).Select(_ => door.Command("true")).ToList();

        foreach (var some in starts.Chunk(20))
            await Task.WhenAll(some.Select(start => door.RunAsync(start)));

        // Requests make it tidy up, every so many; one that finds another at it leaves it to the next.
        await Wait.UntilAsync(
            async () =>
            {
                await door.Client.InfoAsync();
                return Directory.GetDirectories(door.State).Length is >= 1000 and < 1020;
            },
            "the oldest are forgotten");
        var left = (await door.Client.ListAsync()).Select(state => state.Id).ToHashSet(StringComparer.Ordinal);
        Assert.All(starts[^900..], start => Assert.Contains(start.Id, left));
        Assert.DoesNotContain(starts[0].Id, left);
    }

    private static async Task<int> FirstNumberAsync(DoorProcess process)
    {
        await foreach (var chunk in process.ReadOutputAsync())
            return int.Parse(chunk.Bytes.Span, NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
        throw new InvalidOperationException("It said nothing.");
    }

    private static async Task<string> NextAsync(IAsyncEnumerator<string> lines)
    {
        Assert.True(await lines.MoveNextAsync());
        return lines.Current;
    }

    private static async IAsyncEnumerable<string> Lines(DoorProcess process)
    {
        await foreach (var chunk in process.ReadOutputAsync())
            foreach (var line in Encoding.UTF8.GetString(chunk.Bytes.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                yield return line;
    }
}
