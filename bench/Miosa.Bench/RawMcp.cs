using System.Net.Sockets;
using System.Text.Json;

namespace Miosa.Bench;

/// <summary>MCP spoken line by line, so that nothing but the program's own time is in a measurement.</summary>
internal sealed class RawMcp(StreamWriter to, StreamReader from) : IAsyncDisposable
{
    private const string Hello = """{"miosa":1,"toolsets":[],"read_only":false}""";
    private const string InitializeLine = """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}""";
    private const string InitializedLine = """{"jsonrpc":"2.0","method":"notifications/initialized"}""";
    private const string ListLine = """{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{}}""";
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(2);

    /// <summary>The host's socket, as soon as there is one that answers.</summary>
    public static async Task<RawMcp> ConnectAsync(string socketFile, CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(LongestWait);
        while (true)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketFile), late.Token);
                var stream = new NetworkStream(socket, ownsSocket: true);
                var mcp = new RawMcp(new StreamWriter(stream) { AutoFlush = true, NewLine = "\n" }, new StreamReader(stream));
                await mcp.AskAsync(Hello, late.Token);
                return mcp;
            }
            catch (SocketException)
            {
                socket.Dispose();
                await Task.Delay(Step, TimeProvider.System, late.Token);
            }
        }
    }

    public Task InitializeAsync(CancellationToken cancellationToken) => AskAsync(InitializeLine, cancellationToken);

    /// <summary>The whole answer to `tools/list`. Comes after <see cref="InitializeAsync"/>.</summary>
    public async Task<string> ListToolsAsync(CancellationToken cancellationToken)
    {
        await to.WriteLineAsync(InitializedLine.AsMemory(), cancellationToken);
        return await AskAsync(ListLine, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await to.DisposeAsync();
        from.Dispose();
    }

    private async Task<string> AskAsync(string line, CancellationToken cancellationToken)
    {
        await to.WriteLineAsync(line.AsMemory(), cancellationToken);
        var answer = await from.ReadLineAsync(cancellationToken).AsTask().WaitAsync(LongestWait, cancellationToken) ?? throw new InvalidOperationException($"No answer came to {line}");
        using var json = JsonDocument.Parse(answer);
        return json.RootElement.TryGetProperty("error", out var error) ? throw new InvalidOperationException($"{line} was answered with {error}") : answer;
    }
}
