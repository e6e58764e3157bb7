using System.Globalization;
using System.Text;
using Miosa.Devices.Doors;

namespace Miosa.Devices.Tests.Doors;

public sealed class OutputTests
{
    [Fact]
    public async Task Two_hundred_megabytes_are_all_counted_and_what_is_no_longer_kept_is_said()
    {
        const long size = 200_000_000;
        await using var door = await RunningDoor.StartAsync();
        var start = door.Command(await CompiledC.HostileAsync(), "flood", size.ToString(CultureInfo.InvariantCulture));

        long seen = 0, missing = 0;
        await using (var process = await door.Client.StartAsync(start))
        {
            await foreach (var chunk in process.ReadOutputAsync())
            {
                seen += chunk.Bytes.Length;
                missing += chunk.Missing;
            }

            Assert.Equal(size, process.Ended!.OutputBytes);
            Assert.Equal(process.Ended.EndCursor, process.Cursor);
        }

        /* What was skipped counts the log's frames too, so it is at least what the output lacks. */
        Assert.InRange(seen + missing, size, size + size / 100);
        var page = await door.Client.TailAsync(start.Id, 0, 1 << 20, TimeSpan.Zero);
        Assert.Equal(page.State.BaseCursor, page.Missing);
        Assert.InRange(page.State.EndCursor - page.State.BaseCursor, 50 << 20, 64 << 20);
        Assert.Equal(0, page.State.LostBytes);
    }

    [Fact]
    public async Task Output_is_the_same_live_and_later_whatever_its_bytes_are()
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Shell("head -c 3000000 /dev/urandom | tee /dev/stderr");

        var live = await door.RunAsync(start);

        var (output, error) = await ReadAllAsync(door, start.Id, 10_000);
        Assert.Equal(live.OutputBytes, output);
        Assert.Equal(live.ErrorBytes, error);
        Assert.Equal(3_000_000, output.Length);
        Assert.Equal(output, error);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(1000)]
    [InlineData(1 << 20)]
    public async Task Pages_of_any_size_put_together_are_the_whole(int page)
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Shell("i=0; while [ $i -lt 400 ]; do echo line $i ä€; echo err $i >&2; i=$((i+1)); done");

        var live = await door.RunAsync(start);

        var (output, error) = await ReadAllAsync(door, start.Id, page);
        Assert.Equal(live.Output, Encoding.UTF8.GetString(output));
        Assert.Equal(live.Error, Encoding.UTF8.GetString(error));
    }

    [Fact]
    public async Task A_reader_may_stop_at_any_byte_and_go_on_there()
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Shell("printf 'grüße an alle'; sleep 0.05; printf ' hier' >&2");
        var live = await door.RunAsync(start);
        var first = (await door.Client.TailAsync(start.Id, 0, 1000, TimeSpan.Zero)).Chunks[0];

        for (var used = 0; used < first.Bytes.Length; used++)
        {
            var rest = await door.Client.TailAsync(start.Id, first.Cursor + used, 1000, TimeSpan.Zero);

            Assert.Equal(first.Bytes[used..].ToArray(), rest.Chunks[0].Bytes.ToArray());
            Assert.Equal(first.Cursor + used, rest.Chunks[0].Cursor);
            Assert.Equal(live.ErrorBytes, rest.Chunks[1].Bytes.ToArray());
        }
    }

    [Fact]
    public async Task Tail_waits_for_what_is_new_and_for_the_end()
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Shell("read a; echo got $a; read b; exit 7") with { Input = new ProcessInput.Open() };
        await using var process = await door.Client.StartAsync(start);

        var waiting = door.Client.TailAsync(start.Id, 0, 1000, TimeSpan.FromSeconds(20));
        Assert.Equal(4, await door.Client.InputAsync(start.Id, "one\n"u8.ToArray()));
        var page = await waiting;
        Assert.Equal("got one\n", Encoding.UTF8.GetString(page.Chunks.Single().Bytes.Span));
        Assert.True(page.State.IsRunning);

        var ending = door.Client.TailAsync(start.Id, page.Next, 1000, TimeSpan.FromSeconds(20), untilExit: true);
        await door.Client.InputAsync(start.Id, "two\n"u8.ToArray());
        var end = await ending;
        Assert.Equal(7, end.State.ExitCode);
        Assert.Empty(end.Chunks);
    }

    [Fact]
    public async Task Tail_returns_empty_when_its_time_is_over()
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Command("sleep", "100");
        await using var process = await door.Client.StartAsync(start);

        var page = await door.Client.TailAsync(start.Id, 0, 1000, TimeSpan.FromMilliseconds(50));

        Assert.Empty(page.Chunks);
        Assert.True(page.State.IsRunning);
        Assert.Equal(process.Pid, page.State.Pid);
    }

    [Fact]
    public async Task A_host_that_vanishes_changes_nothing_and_finds_everything_again()
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Shell("i=0; while [ $i -lt 2000 ]; do echo $i; i=$((i+1)); done; read wait; echo done") with { Input = new ProcessInput.Open() };
        long cursor;
        var seen = new StringBuilder();
        await using (var process = await door.Client.StartAsync(start))
        {
            await foreach (var chunk in process.ReadOutputAsync())
            {
                seen.Append(Encoding.UTF8.GetString(chunk.Bytes.Span));
                break;
            }

            cursor = process.Cursor;
        }

        await door.Client.InputAsync(start.Id, "\n"u8.ToArray());
        Assert.Equal(0, (await door.EndOfAsync(start.Id)).ExitCode);
        var (rest, _) = await ReadAllAsync(door, start.Id, 5000, cursor);
        seen.Append(Encoding.UTF8.GetString(rest));
        Assert.Equal(string.Concat(Enumerable.Range(0, 2000).Select(i => $"{i}\n")) + "done\n", seen.ToString());
    }

    [Fact]
    public async Task A_host_that_does_not_read_does_not_hold_the_process_up()
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Command(await CompiledC.HostileAsync(), "flood", "100000000");

        await using var process = await door.Client.StartAsync(start);

        var ended = await door.EndOfAsync(start.Id);
        Assert.Equal(100_000_000, ended.OutputBytes);
        var state = await process.WaitAsync();
        Assert.Equal(ended.EndCursor, state.EndCursor);
    }

    [Fact]
    public async Task Reading_can_be_cancelled_and_goes_on_where_it_was()
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Shell("echo one; read a; echo two") with { Input = new ProcessInput.Open() };
        await using var process = await door.Client.StartAsync(start);
        var seen = new StringBuilder();
        using var soft = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var chunk in process.ReadOutputAsync(soft.Token))
            {
                seen.Append(Encoding.UTF8.GetString(chunk.Bytes.Span));
                soft.CancelAfter(TimeSpan.FromMilliseconds(20));
            }
        });
        await door.Client.InputAsync(start.Id, "\n"u8.ToArray());
        await foreach (var chunk in process.ReadOutputAsync())
            seen.Append(Encoding.UTF8.GetString(chunk.Bytes.Span));

        Assert.Equal("one\ntwo\n", seen.ToString());
        Assert.Equal(0, process.Ended!.ExitCode);
    }

    private static async Task<(byte[] Output, byte[] Error)> ReadAllAsync(RunningDoor door, string id, int pageSize, long cursor = 0)
    {
        var (output, error) = (new MemoryStream(), new MemoryStream());
        while (true)
        {
            var page = await door.Client.TailAsync(id, cursor, pageSize, TimeSpan.FromSeconds(10));
            foreach (var chunk in page.Chunks)
                (chunk.Source is OutputSource.Error ? error : output).Write(chunk.Bytes.Span);
            if (page.Chunks.Count == 0 && !page.State.IsRunning)
                return (output.ToArray(), error.ToArray());
            Assert.Equal(0, page.Missing);
            cursor = page.Next;
        }
    }
}
