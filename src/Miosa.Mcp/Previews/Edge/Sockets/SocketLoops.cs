using System.Net;
using System.Net.Sockets;

namespace Miosa.Mcp.Previews.Edge.Sockets;

/// <summary>The edge's loops. They begin with the first socket, and each new socket goes to the next of them.</summary>
internal sealed class SocketLoops : IDisposable
{
    // More would only take the cores from the apps.
    private readonly SocketLoop?[] _loops = new SocketLoop?[Math.Clamp(Environment.ProcessorCount, 1, 4)];
    private readonly Lock _lock = new();
    private uint _next;

    public LoopSocket Add(Socket socket) => At(Interlocked.Increment(ref _next) % (uint)_loops.Length).Add(socket);

    /// <summary>Connects a fresh socket, which is closed if that fails.</summary>
    public async ValueTask<Stream> ConnectAsync(Socket socket, IPEndPoint target, CancellationToken cancellationToken)
    {
        LoopSocket? added = null;
        try
        {
            socket.NoDelay = true;
            // Before the loop has it: one that is connected to nothing counts as hung up.
            socket.Blocking = false;
            SocketCalls.Begin(socket.SafeHandle, target.Serialize());
            added = Add(socket);
            await added.ConnectedAsync(cancellationToken);
            return new LoopStream(added);
        }
        catch
        {
            added?.Dispose();
            socket.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var loop in _loops)
            loop?.Dispose();
    }

    /// <summary>One that could not be made is tried again by the next who needs it.</summary>
    private SocketLoop At(uint number)
    {
        if (Volatile.Read(ref _loops[number]) is { } there)
            return there;
        lock (_lock)
            return _loops[number] ??= new SocketLoop();
    }
}
