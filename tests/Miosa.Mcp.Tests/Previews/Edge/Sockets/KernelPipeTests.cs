using System.Net.Sockets;
using System.Security.Cryptography;
using Miosa.Mcp.Previews.Edge.Sockets;

namespace Miosa.Mcp.Tests.Previews.Edge.Sockets;

public sealed class KernelPipeTests : IDisposable
{
    private readonly SocketLoops _loops = new();

    [Fact]
    public async Task What_passes_through_it_arrives_as_it_was_also_at_a_slow_reader()
    {
        await using var source = await SocketPair.OpenAsync(_loops);
        await using var sink = await SocketPair.OpenAsync(_loops);
        var said = RandomNumberGenerator.GetBytes(9_000_001);
        var pipe = new KernelPipe();

        var passing = Task.Run(async () =>
        {
            var stream = new LoopStream(source.Ours);
            while (await stream.ReadAsync(pipe.Memory) > 0)
                await sink.Ours.SendAsync(pipe, CancellationToken.None);
            sink.Ours.Shutdown();
        });
        var hearing = sink.ReceiveAllAsync();
        await using (var theirs = new NetworkStream(source.Theirs))
            await theirs.WriteAsync(said);
        source.Theirs.Shutdown(SocketShutdown.Send);

        await passing.InTime();
        Assert.Equal(said, await hearing.InTime());
    }

    [Fact]
    public async Task What_it_holds_can_be_taken_out()
    {
        await using var source = await SocketPair.OpenAsync(_loops);
        var said = RandomNumberGenerator.GetBytes(1000);
        source.Theirs.Send(said);
        var pipe = new KernelPipe();

        var count = await new LoopStream(source.Ours).ReadAsync(pipe.Memory).AsTask().InTime();

        Assert.Equal((1000, 1000), (count, pipe.Held));
        Assert.Equal(said, pipe.TakeOut().ToArray());
        Assert.Equal(0, pipe.Held);
    }

    [Fact]
    public async Task One_that_still_holds_something_is_given_to_nobody_else()
    {
        await using var source = await SocketPair.OpenAsync(_loops);
        source.Theirs.Send("another visitor's"u8);
        var pipes = new KernelPipes();
        var pipe = pipes.TryRent()!;
        _ = await new LoopStream(source.Ours).ReadAsync(pipe.Memory).AsTask().InTime();

        pipes.Return(pipe, failed: false);

        Assert.NotSame(pipe, pipes.TryRent());
    }

    [Fact]
    public void There_are_so_many_at_once_and_one_that_failed_is_not_used_again()
    {
        var pipes = new KernelPipes();
        var rented = Enumerable.Range(0, KernelPipes.MostAtOnce).Select(_ => pipes.TryRent()!).ToList();

        Assert.Null(pipes.TryRent());
        pipes.Return(rented[0], failed: true);
        pipes.Return(rented[1], failed: false);

        Assert.Same(rented[1], pipes.TryRent());
        Assert.NotSame(rented[0], pipes.TryRent());
        Assert.Null(pipes.TryRent());
        foreach (var pipe in rented.Skip(1))
            pipes.Return(pipe, failed: true);
    }

    public void Dispose() => _loops.Dispose();
}
