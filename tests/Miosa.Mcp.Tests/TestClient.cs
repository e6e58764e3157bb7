using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Transports;
using Miosa.Mcp.Transports.Stdio;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Tests;

/// <summary>The SDK's client and the host's end of its connection, with streams in memory between them.</summary>
internal sealed class TestClient : IAsyncDisposable
{
    private readonly Pipe _toServer;
    private readonly Task _serving;

    private TestClient(McpClient mcp, Pipe toServer, Task serving)
    {
        Mcp = mcp;
        _toServer = toServer;
        _serving = serving;
    }

    public McpClient Mcp { get; }

    public static async Task<TestClient> ConnectAsync(IServiceProvider services, Caller caller, string? version, Action<McpClientOptions>? adjust = null)
    {
        var (toServer, toClient) = (new Pipe(), new Pipe());
        var serving = ServeAsync(services, caller, toServer.Reader.AsStream(), toClient.Writer.AsStream());
        var transport = new StreamClientTransport(toServer.Writer.AsStream(), toClient.Reader.AsStream());
        var options = new McpClientOptions { ProtocolVersion = version };
        adjust?.Invoke(options);
        return new TestClient(await McpClient.CreateAsync(transport, options).InTime(), toServer, serving);
    }

    /// <summary>One request as it goes over the wire, on a connection of its own, and what comes back: what the SDK's client would take care of is seen.</summary>
    public static async Task<JsonObject> SayAsync(IServiceProvider services, Caller caller, JsonObject request)
    {
        var (toServer, toClient) = (new Pipe(), new Pipe());
        var serving = ServeAsync(services, caller, toServer.Reader.AsStream(), toClient.Writer.AsStream());
        await toServer.Writer.WriteAsync(System.Text.Encoding.UTF8.GetBytes(request.ToJsonString() + "\n"));
        using var reader = new StreamReader(toClient.Reader.AsStream());
        var answer = await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().InTime();
        await toServer.Writer.CompleteAsync();
        await serving.InTime();
        return JsonNode.Parse(answer!)!.AsObject();
    }

    /// <summary>Calls a tool that is expected to work, and gives its answer.</summary>
    public async Task<JsonObject> CallAsync(string tool, object? arguments = null)
    {
        var result = await RawAsync(tool, arguments);
        Assert.False(result.IsError is true, $"{tool}: {Text(result)}");
        return JsonNode.Parse(Text(result))!.AsObject();
    }

    /// <summary>Calls a tool that is expected to refuse, and gives the refusal.</summary>
    public async Task<JsonObject> RefusedAsync(string tool, object? arguments = null)
    {
        var result = await RawAsync(tool, arguments);
        Assert.True(result.IsError is true, $"{tool} was not refused: {Text(result)}");
        return JsonNode.Parse(Text(result))!.AsObject();
    }

    public Task<CallToolResult> RawAsync(string tool, object? arguments = null)
    {
        var json = arguments as JsonElement? ?? JsonSerializer.SerializeToElement(arguments ?? new { });
        return Mcp.CallToolAsync(tool, json.EnumerateObject().ToDictionary(property => property.Name, property => (object?)property.Value)).AsTask().InTime();
    }

    public async Task<IReadOnlyList<Tool>> ToolsAsync() => [.. (await Mcp.ListToolsAsync().AsTask().InTime()).Select(tool => tool.ProtocolTool)];

    public static string Text(CallToolResult result) => string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text));

    /// <summary>
    /// Cancels the first call of this connection, whose id is 2. By hand: the SDK's client, told by a token, stops
    /// waiting before it says so to the server.
    /// </summary>
    public Task CancelFirstCallAsync() =>
        Mcp.SendNotificationAsync(NotificationMethods.CancelledNotification, new CancelledNotificationParams { RequestId = new RequestId(2) }).InTime();

    /// <summary>The client is gone in the middle of whatever it did.</summary>
    public async Task HangUpAsync()
    {
        await _toServer.Writer.CompleteAsync();
        await _serving.InTime();
    }

    public async ValueTask DisposeAsync()
    {
        await Mcp.DisposeAsync();
        await HangUpAsync();
    }

    private static async Task ServeAsync(IServiceProvider services, Caller caller, Stream input, Stream output)
    {
        using var writer = new LineWriter(output);
        var reader = new LineReader(input, ProtocolJson.MaxMessageBytes);
        await using var router = new EraRouter(caller, writer, services.GetRequiredService<IOptions<McpServerOptions>>(), services, services.GetRequiredService<ILoggerFactory>());
        while (await reader.ReadAsync(CancellationToken.None) is { } line)
            await router.RouteAsync(JsonSerializer.Deserialize(line.Bytes.Span, ProtocolJson.Message)!, CancellationToken.None);
        await router.EndAsync(TimeSpan.Zero, TimeProvider.System);
        await output.DisposeAsync();
    }
}
