using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Miosa.Mcp.Previews.Edge.Sockets;

/// <summary>Takes visitors' connections and gives them to the loops.</summary>
internal sealed class LoopListener(Socket socket, SocketLoops loops, TimeProvider time) : IConnectionListener
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Socket accepted;
            try
            {
                accepted = await socket.AcceptAsync(cancellationToken);
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return null;
            }
            catch (SocketException exception)
            {
                // It was gone again before it was taken; or there is no room for it, and asking at once would only keep a processor busy.
                if (exception.SocketErrorCode is not (SocketError.ConnectionReset or SocketError.ConnectionAborted))
                    await Task.Delay(Pause, time, cancellationToken);
                continue;
            }
            LoopSocket? added = null;
            try
            {
                accepted.NoDelay = true;
                added = loops.Add(accepted);
                return new LoopConnection(added);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // It is gone again, or the loops have ended.
                added?.Dispose();
                accepted.Dispose();
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
