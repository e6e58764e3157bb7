using System.Net;
using System.Text;
using Miosa.Devices;
using Miosa.Mcp.Previews.Edge.Sockets;

namespace Miosa.Mcp.Previews.Edge;

/// <summary>Connections to one port of one sandbox.</summary>
internal sealed class Upstream : IDisposable
{
    private readonly CancellationTokenSource _gone = new();

    public Upstream(LocalEngine engine, SocketLoops loops, string sandboxId, int port)
    {
        Gone = _gone.Token;
        Client = new HttpMessageInvoker(Handler(engine, loops, sandboxId, port));
    }

    public HttpMessageInvoker Client { get; }

    /// <summary>Cancelled when the sandbox stops.</summary>
    public CancellationToken Gone { get; }

    /// <summary>A timestamp.</summary>
    public long LastUsed { get; set; }

    /// <summary>Takes no more requests. Those it has go on: they may be other people's than those who need the room.</summary>
    public void Retire() => Client.Dispose();

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
        Client.Dispose();
    }

    private static SocketsHttpHandler Handler(LocalEngine engine, SocketLoops loops, string sandboxId, int port) => new()
    {
        ConnectCallback = (_, cancellationToken) => engine.ConnectAsync(sandboxId, port, loops.ConnectAsync, cancellationToken),
        ConnectTimeout = TimeSpan.FromSeconds(10),
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        // Node closes what is silent for five seconds; a connection that is just being closed fails a request.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(4),
        MaxResponseHeadersLength = 64,
        MaxResponseDrainSize = 0,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
    };
}
