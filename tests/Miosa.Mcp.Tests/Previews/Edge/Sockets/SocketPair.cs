using System.Net;
using System.Net.Sockets;
using Miosa.Mcp.Previews.Edge.Sockets;

namespace Miosa.Mcp.Tests.Previews.Edge.Sockets;

/// <summary>One end of a real connection in a loop, the other an ordinary socket of the runtime.</summary>
internal sealed class SocketPair : IAsyncDisposable
{
    private SocketPair(LoopSocket ours, Socket theirs) => (Ours, Theirs) = (ours, theirs);

    public LoopSocket Ours { get; }

    public Socket Theirs { get; }

    public static async Task<SocketPair> OpenAsync(SocketLoops loops)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var theirs = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var accepting = listener.AcceptAsync();
        await theirs.ConnectAsync(listener.LocalEndPoint!);
        return new SocketPair(loops.Add(await accepting), theirs);
    }

    public async Task<byte[]> ReceiveAllAsync()
    {
        using var all = new MemoryStream();
        await using var stream = new NetworkStream(Theirs, ownsSocket: false);
        await stream.CopyToAsync(all);
        return all.ToArray();
    }

    public ValueTask DisposeAsync()
    {
        Ours.Dispose();
        Theirs.Dispose();
        return ValueTask.CompletedTask;
    }
}
