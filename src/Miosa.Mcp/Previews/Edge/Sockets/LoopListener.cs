using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Miosa.Mcp.Previews.Edge.Sockets;

/// <summary>Takes visitors' connections and gives them to the loops.</summary>
internal sealed class LoopListener(Socket socket, SocketLoops loops) : IConnectionListener
{
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
            catch (SocketException)
            {
                // It was gone again before it was taken.
                continue;
            }
            try
            {
                accepted.NoDelay = true;
                return new LoopConnection(loops.Add(accepted));
            }
            catch (SocketException)
            {
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
