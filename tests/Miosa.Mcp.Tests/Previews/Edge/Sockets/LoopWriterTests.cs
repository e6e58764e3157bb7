using System.Buffers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Miosa.Mcp.Previews.Edge.Sockets;

namespace Miosa.Mcp.Tests.Previews.Edge.Sockets;

public sealed class LoopWriterTests : IDisposable
{
    private readonly SocketLoops _loops = new();

    [Fact]
    public async Task What_is_written_piece_by_piece_arrives_in_order()
    {
        await using var pair = await SocketPair.OpenAsync(_loops);
        var writer = new LoopWriter(pair.Ours);
        var said = RandomNumberGenerator.GetBytes(100_000);
        var hearing = pair.ReceiveAllAsync();

        foreach (var piece in said.Chunk(777))
            writer.Write(piece);
        Assert.Equal(said.Length, writer.UnflushedBytes);
        Assert.False((await writer.FlushAsync().AsTask().InTime()).IsCompleted);
        Assert.Equal(0, writer.UnflushedBytes);
        pair.Ours.Shutdown();

        Assert.Equal(said, await hearing.InTime());
    }

    [Fact]
    public async Task What_a_pipe_holds_goes_out_between_what_was_said_before_and_after_it()
    {
        await using var source = await SocketPair.OpenAsync(_loops);
        await using var pair = await SocketPair.OpenAsync(_loops);
        source.Theirs.Send("from the pipe, "u8);
        var pipe = new KernelPipe();
        _ = await new LoopStream(source.Ours).ReadAsync(pipe.Memory).AsTask().InTime();
        var writer = new LoopWriter(pair.Ours);
        var hearing = pair.ReceiveAllAsync();

        writer.Write("before, "u8);
        writer.Expect(pipe);
        _ = writer.GetMemory(pipe.Held);
        Assert.False(writer.HasMissedIt());
        writer.Advance(pipe.Held);
        await writer.FlushAsync().AsTask().InTime();
        writer.Write("after"u8);
        await writer.FlushAsync().AsTask().InTime();
        pair.Ours.Shutdown();

        Assert.Equal("before, from the pipe, after", Encoding.ASCII.GetString(await hearing.InTime()));
    }

    [Fact]
    public void What_was_expected_and_not_asked_for_is_told()
    {
        var writer = new LoopWriter(new LoopSocket(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), () => { }));

        writer.Expect(new KernelPipe());

        Assert.True(writer.HasMissedIt());
        Assert.False(writer.HasMissedIt());
    }

    [Fact]
    public async Task After_a_flush_that_was_given_up_nothing_more_is_said()
    {
        await using var pair = await SocketPair.OpenAsync(_loops);
        var writer = new LoopWriter(pair.Ours);
        using var stop = new CancellationTokenSource();
        writer.Write(new byte[32 << 20]);

        var flushing = writer.FlushAsync(stop.Token).AsTask();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flushing.InTime());
        Assert.True((await writer.FlushAsync().AsTask().InTime()).IsCompleted);
    }

    [Fact]
    public async Task That_the_visitor_went_is_told_and_is_no_failure()
    {
        await using var pair = await SocketPair.OpenAsync(_loops);
        var writer = new LoopWriter(pair.Ours);
        pair.Ours.Shutdown();

        writer.Write("too late"u8);

        Assert.True((await writer.FlushAsync().AsTask().InTime()).IsCompleted);
        Assert.True((await writer.FlushAsync().AsTask().InTime()).IsCompleted);
    }

    public void Dispose() => _loops.Dispose();
}
