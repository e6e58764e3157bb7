using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Miosa.EndToEnd.Tests;

/// <summary>A real MCP client over the real bridge.</summary>
internal sealed class Client : IAsyncDisposable
{
    private readonly McpClient _client;

    private Client(McpClient client) => _client = client;

    public McpClient Mcp => _client;

    public static async Task<Client> StdioAsync(string home, params IReadOnlyList<string> arguments)
    {
        var transport = new StdioClientTransport(new StdioClientTransportOptions
        {
            Name = "end-to-end",
            Command = "dotnet",
            Arguments = [MiosaProcess.Program, "mcp", "--home", home, .. arguments],
        });
        return new Client(await McpClient.CreateAsync(transport, cancellationToken: TestContext.Current.CancellationToken));
    }

    public static async Task<Client> HttpAsync(Uri address, string key)
    {
        var transport = new HttpClientTransport(new HttpClientTransportOptions
        {
            Endpoint = address,
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {key}" },
        });
        return new Client(await McpClient.CreateAsync(transport, cancellationToken: TestContext.Current.CancellationToken));
    }

    /// <summary>Calls a tool that is expected to work, and gives its structured answer.</summary>
    public async Task<JsonObject> CallAsync(string tool, object arguments)
    {
        var result = await RawAsync(tool, arguments);
        Assert.False(result.IsError is true, $"{tool}: {Text(result)}");
        return Structured(result);
    }

    /// <summary>Calls a tool that is expected to refuse, and gives the refusal.</summary>
    public async Task<JsonObject> RefusedAsync(string tool, object arguments)
    {
        var result = await RawAsync(tool, arguments);
        Assert.True(result.IsError is true, $"{tool} was not refused: {Text(result)}");
        return Structured(result);
    }

    public async Task<CallToolResult> RawAsync(string tool, object arguments)
    {
        var json = JsonSerializer.SerializeToElement(arguments);
        var dictionary = json.EnumerateObject().ToDictionary(property => property.Name, property => (object?)property.Value);
        return await _client.CallToolAsync(tool, dictionary, cancellationToken: TestContext.Current.CancellationToken);
    }

    public static string Text(CallToolResult result) => string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text));

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private static JsonObject Structured(CallToolResult result) =>
        JsonNode.Parse(result.StructuredContent?.GetRawText() ?? Text(result))!.AsObject();
}
