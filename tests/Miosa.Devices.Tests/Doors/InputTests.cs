using System.Text;
using Miosa.Devices.Doors;

namespace Miosa.Devices.Tests.Doors;

public sealed class InputTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(900_000)]
    public async Task Given_input_arrives_whole_and_ends(int size)
    {
        await using var door = await RunningDoor.StartAsync();
        var bytes = new byte[size];
        new Random(1).NextBytes(bytes);

        var finished = await door.RunAsync(door.Command("cat") with { Input = new ProcessInput.Given(bytes) });

        Assert.Equal(bytes, finished.OutputBytes);
        Assert.Equal(0, finished.State.ExitCode);
    }

    [Fact]
    public async Task A_process_that_does_not_read_takes_only_so_much()
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Command("sleep", "1000") with { Input = new ProcessInput.Open() };
        await using var process = await door.Client.StartAsync(start);
        var much = new byte[2 << 20];

        var taken = await door.Client.InputAsync(start.Id, much);
        var more = await door.Client.InputAsync(start.Id, much);

        Assert.InRange(taken, 64 << 10, 512 << 10);
        Assert.Equal(0, more);
    }

    [Fact]
    public async Task Input_can_be_closed_and_takes_nothing_after()
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Shell("cat; read more; echo end; exec sleep 1000") with { Input = new ProcessInput.Open() };
        await using var process = await door.Client.StartAsync(start);

        await door.Client.InputAsync(start.Id, "abc\n"u8.ToArray(), close: true);

        var seen = new StringBuilder();
        await foreach (var chunk in process.ReadOutputAsync())
            if (seen.Append(Encoding.UTF8.GetString(chunk.Bytes.Span)).ToString().Contains("end", StringComparison.Ordinal))
                break;
        Assert.Equal("abc\nend\n", seen.ToString());
        Assert.False((await door.Client.ListAsync()).Single().InputOpen);
        var refused = await Assert.ThrowsAsync<DoorException>(() => door.Client.InputAsync(start.Id, "x"u8.ToArray()));
        Assert.Equal(Errno.EPIPE, refused.Errno);
    }

    [Fact]
    public async Task A_terminal_has_a_size_that_can_be_changed_and_echoes()
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Shell("tty >/dev/null && stty size; trap 'stty size; exit 0' WINCH; read a; echo got $a; while :; do sleep 0.01; done")
            with { Terminal = new TerminalSize(30, 100), Input = new ProcessInput.Open() };
        await using var process = await door.Client.StartAsync(start);
        var seen = new StringBuilder();
        var (typed, resized) = (false, false);

        await foreach (var chunk in process.ReadOutputAsync())
        {
            var text = seen.Append(Encoding.UTF8.GetString(chunk.Bytes.Span)).ToString();
            if (!typed && text.Contains("30 100", StringComparison.Ordinal))
            {
                typed = true;
                await door.Client.InputAsync(start.Id, "word\n"u8.ToArray());
            }

            if (!resized && text.Contains("got word", StringComparison.Ordinal))
            {
                resized = true;
                await door.Client.ResizeAsync(start.Id, new TerminalSize(50, 200));
            }
        }

        Assert.Equal("30 100\r\nword\r\ngot word\r\n50 200\r\n", seen.ToString());
        Assert.True(process.Ended!.HasTerminal);
        Assert.Equal(0, process.Ended.ExitCode);
    }

    [Fact]
    public async Task The_last_words_on_a_terminal_are_not_lost()
    {
        await using var door = await RunningDoor.StartAsync();

        for (var i = 0; i < 20; i++)
        {
            var finished = await door.RunAsync(door.Shell("seq 1 500") with { Terminal = new TerminalSize(24, 80) });
            Assert.EndsWith("499\r\n500\r\n", finished.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Control_c_on_a_terminal_interrupts()
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Shell("trap 'echo interrupted; exit 9' INT; echo up; while :; do sleep 0.01; done") with { Terminal = new TerminalSize(24, 80) };
        await using var process = await door.Client.StartAsync(start);
        var seen = new StringBuilder();

        await foreach (var chunk in process.ReadOutputAsync())
        {
            if (seen.Length == 0)
                await door.Client.InputAsync(start.Id, new byte[] { 3 });
            seen.Append(Encoding.UTF8.GetString(chunk.Bytes.Span));
        }

        Assert.Equal(9, process.Ended!.ExitCode);
        Assert.Contains("interrupted", seen.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_without_a_terminal_can_not_be_resized()
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Command("sleep", "1000");
        await using var process = await door.Client.StartAsync(start);

        var refused = await Assert.ThrowsAsync<DoorException>(() => door.Client.ResizeAsync(start.Id, new TerminalSize(1, 1)));

        Assert.Equal(Errno.ENOTTY, refused.Errno);
    }
}
