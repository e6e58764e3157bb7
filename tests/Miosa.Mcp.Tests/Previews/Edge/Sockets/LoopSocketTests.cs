using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Miosa.Mcp.Previews.Edge.Sockets;

namespace Miosa.Mcp.Tests.Previews.Edge.Sockets;

public sealed class LoopSocketTests : IDisposable
{
    private readonly SocketLoops _loops = new();

    [Fact]
    public async Task What_is_said_arrives_whole_and_in_order_in_both_directions_at_once()
    {
        await using var pair = await SocketPair.OpenAsync(_loops);
        byte[] there = RandomNumberGenerator.GetBytes(3_000_001), back = RandomNumberGenerator.GetBytes(2_000_003);
        var received = new byte[back.Length];
        await using var theirs = new NetworkStream(pair.Theirs);

        var heard = new byte[there.Length];
        await Task.WhenAll(
            pair.Ours.SendAsync(there, CancellationToken.None).AsTask(),
            theirs.ReadExactlyAsync(heard).AsTask(),
            theirs.WriteAsync(back).AsTask(),
            new LoopStream(pair.Ours).ReadExactlyAsync(received).AsTask()).InTime();

        Assert.Equal(there, heard);
        Assert.Equal(back, received);
    }

    [Fact]
    public async Task An_end_that_comes_with_the_last_bytes_is_seen_after_them()
    {
        for (var round = 0; round < 300; round++)
        {
            await using var pair = await SocketPair.OpenAsync(_loops);
            var buffer = new byte[64];
            // Half of them are told of both at once, the others wait before.
            var early = round % 2 is 0 ? pair.Ours.ReceiveAsync(buffer, CancellationToken.None).AsTask() : null;
            pair.Theirs.Send([1, 2, 3]);
            pair.Theirs.Shutdown(SocketShutdown.Send);

            var first = await (early ?? pair.Ours.ReceiveAsync(buffer, CancellationToken.None).AsTask()).InTime();
            var end = await pair.Ours.ReceiveAsync(buffer, CancellationToken.None).AsTask().InTime();

            Assert.Equal((3, 0), (first, end));
        }
    }

    [Fact]
    public async Task A_read_that_is_given_up_leaves_the_socket_good_for_the_next()
    {
        await using var pair = await SocketPair.OpenAsync(_loops);
        using var stop = new CancellationTokenSource();
        var buffer = new byte[16];

        var given = pair.Ours.ReceiveAsync(buffer, stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given.InTime());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pair.Ours.ReceiveAsync(buffer, stop.Token).AsTask().InTime());
        var next = pair.Ours.ReceiveAsync(buffer, CancellationToken.None).AsTask();
        pair.Theirs.Send([7]);

        Assert.Equal(1, await next.InTime());
        Assert.Equal(7, buffer[0]);
    }

    [Fact]
    public async Task A_visitor_who_reads_nothing_can_be_given_up()
    {
        await using var pair = await SocketPair.OpenAsync(_loops);
        using var stop = new CancellationTokenSource();

        var sending = pair.Ours.SendAsync(new byte[64 << 20], stop.Token).AsTask();
        Assert.False(sending.IsCompleted);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.InTime());
    }

    [Fact]
    public async Task Who_waits_is_told_when_the_other_side_goes_and_when_this_side_is_closed()
    {
        await using var one = await SocketPair.OpenAsync(_loops);
        await using var other = await SocketPair.OpenAsync(_loops);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = one.Ours.Gone.Register(gone.SetResult);

        one.Theirs.Dispose();
        var waiting = other.Ours.ReceiveAsync(new byte[1], CancellationToken.None).AsTask();
        other.Ours.Dispose();

        await gone.Task.InTime();
        await Assert.ThrowsAnyAsync<IOException>(() => waiting.InTime());
    }

    [Fact]
    public async Task A_port_where_nobody_listens_refuses()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        var failure = await Assert.ThrowsAsync<SocketException>(() => _loops
            .ConnectAsync(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), (IPEndPoint)taken.LocalEndPoint!, CancellationToken.None).AsTask().InTime());

        Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);
    }

    [Fact]
    public async Task Many_connections_at_once_keep_their_bytes_apart()
    {
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            await using var pair = await SocketPair.OpenAsync(_loops);
            var said = RandomNumberGenerator.GetBytes(20_000 + i);
            var heard = new byte[said.Length];
            await using var theirs = new NetworkStream(pair.Theirs);
            var reading = new LoopStream(pair.Ours).ReadExactlyAsync(heard).AsTask();
            await theirs.WriteAsync(said);
            await reading.InTime();
            Assert.Equal(said, heard);
        }));
    }

    [Fact]
    public async Task Who_always_has_something_to_read_keeps_nobody_from_his_turn()
    {
        using var one = new SocketLoop();
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var greedy = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await greedy.ConnectAsync(listener.LocalEndPoint!);
        using var greedySide = one.Add(await listener.AcceptAsync());
        using var modest = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await modest.ConnectAsync(listener.LocalEndPoint!);
        using var modestSide = one.Add(await listener.AcceptAsync());
        using var stop = new CancellationTokenSource();
        var feeding = Task.Run(async () =>
        {
            var much = new byte[256 * 1024];
            while (!stop.IsCancellationRequested)
                await greedy.SendAsync(much);
        });
        var reading = Task.Run(async () =>
        {
            var little = new byte[16];
            while (!stop.IsCancellationRequested && await greedySide.ReceiveAsync(little, CancellationToken.None) > 0)
            {
            }
        });

        for (var i = 0; i < 20; i++)
        {
            var buffer = new byte[1];
            var waiting = modestSide.ReceiveAsync(buffer, CancellationToken.None).AsTask();
            modest.Send([1]);
            Assert.Equal(1, await waiting.InTime());
        }
        await stop.CancelAsync();
        greedySide.Dispose();
        try
        {
            await Task.WhenAll(feeding, reading).InTime();
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            // Whichever of the two notices first that it is over.
        }
    }

    public void Dispose() => _loops.Dispose();
}
