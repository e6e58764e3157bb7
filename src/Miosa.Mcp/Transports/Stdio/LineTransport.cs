using System.Threading.Channels;
using ModelContextProtocol.Protocol;

namespace Miosa.Mcp.Transports.Stdio;

/// <summary>
/// The SDK's view of one protocol era on a connection: what the router hands in comes out of its reader, what the
/// server says goes to the connection's one writer.
/// </summary>
internal sealed class LineTransport(LineWriter writer) : ITransport
{
    private readonly Channel<JsonRpcMessage> _incoming = Channel.CreateBounded<JsonRpcMessage>(
        new BoundedChannelOptions(16) { SingleReader = true, SingleWriter = true });

    public string? SessionId => null;

    public ChannelReader<JsonRpcMessage> MessageReader => _incoming.Reader;

    public ValueTask ReceiveAsync(JsonRpcMessage message, CancellationToken cancellationToken) =>
        _incoming.Writer.WriteAsync(message, cancellationToken);

    public void EndOfInput() => _incoming.Writer.TryComplete();

    public async Task SendMessageAsync(JsonRpcMessage message, CancellationToken cancellationToken = default)
    {
        try
        {
            await writer.WriteAsync(message, ProtocolJson.Message, cancellationToken);
        }
        catch (ObjectDisposedException e)
        {
            throw new IOException("The client is gone.", e);
        }
    }

    public ValueTask DisposeAsync()
    {
        EndOfInput();
        return ValueTask.CompletedTask;
    }
}
