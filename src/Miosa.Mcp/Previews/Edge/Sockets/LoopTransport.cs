using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Miosa.Mcp.Previews.Edge.Sockets;

/// <summary>Where Kestrel gets the edge's connections from.</summary>
internal sealed class LoopTransport(SocketLoops loops, TimeProvider time) : IConnectionListenerFactory
{
    private const int Backlog = 512;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket socket;
        try
        {
            socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(exception.Message, exception);
        }
        // A visitor whose machine vanished is noticed, though his WebSocket may be silent for ever.
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 60);
        // Before the connections are made, which take it over: pacing that has begun does not end.
        if (endpoint is IPEndPoint { Address: var address } && IPAddress.IsLoopback(address))
            SocketCalls.DoNotPace(socket);
        socket.Listen(Backlog);
        return new(new LoopListener(socket, loops, time));
    }
}
