using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Transports.Stdio;

/// <summary>
/// Gives each protocol era of a connection a server of its own. One server would be bound to the era of the first
/// message: a client that probes with <c>server/discover</c> and then falls back to <c>initialize</c> would be lost.
/// </summary>
internal sealed class EraRouter(
    Caller caller, LineWriter writer, IOptions<McpServerOptions> options, IServiceProvider services, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly CancellationTokenSource _gone = new();
    private Era? _handshake;
    private Era? _stateless;

    public async ValueTask RouteAsync(JsonRpcMessage message, CancellationToken cancellationToken)
    {
        message.Context ??= new JsonRpcMessageContext();
        message.Context.Items = new Dictionary<string, object?>(StringComparer.Ordinal) { [Caller.ItemKey] = caller };

        // A cancellation names only a request, which either era may be working on. The other one ignores it.
        if (message is JsonRpcNotification { Method: NotificationMethods.CancelledNotification } && _handshake is not null && _stateless is not null)
            await _stateless.Transport.ReceiveAsync(message, cancellationToken);

        await EraOf(message).Transport.ReceiveAsync(message, cancellationToken);
    }

    /// <summary>The client has no more to say. What it asked for may still be answered, for a while.</summary>
    public async Task EndAsync(TimeSpan grace, TimeProvider time)
    {
        _handshake?.Transport.EndOfInput();
        _stateless?.Transport.EndOfInput();
        try
        {
            await Running().WaitAsync(grace, time);
        }
        catch (TimeoutException)
        {
            // Nobody waits for these answers any more. What must not stop half-way does not listen to this.
        }

        await _gone.CancelAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        await Running();
        _gone.Dispose();
    }

    private Task Running() => Task.WhenAll(_handshake?.Run ?? Task.CompletedTask, _stateless?.Run ?? Task.CompletedTask);

    private Era EraOf(JsonRpcMessage message)
    {
        var version = ProtocolJson.VersionOf(message);
        var belongsToStateless = version is not null && !Eras.Handshake.Contains(version, StringComparer.Ordinal);
        if (!belongsToStateless && version is null && message is not JsonRpcRequest)
            belongsToStateless = _handshake is null && _stateless is not null;
        return belongsToStateless ? _stateless ??= Start() : _handshake ??= Start();
    }

    private Era Start()
    {
        var transport = new LineTransport(writer);
        var server = McpServer.Create(transport, options.Value, loggers, services);
        return new Era(transport, RunAsync(server));
    }

    private async Task RunAsync(McpServer server)
    {
        await using (server)
        {
            try
            {
                await server.RunAsync(_gone.Token);
            }
            catch (OperationCanceledException) when (_gone.IsCancellationRequested)
            {
                // The connection ended first.
            }
        }
    }

    private sealed record Era(LineTransport Transport, Task Run);
}
