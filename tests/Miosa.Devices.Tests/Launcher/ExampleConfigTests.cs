using System.Text.Json.Nodes;

namespace Miosa.Devices.Tests.Launcher;

public sealed class ExampleConfigTests
{
    private static readonly JsonObject _clients =
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Launcher", "mcp.json.example")))!.AsObject();

    [Theory]
    [InlineData("claude-code"), InlineData("codex"), InlineData("opencode"), InlineData("cursor"), InlineData("gemini-cli"), InlineData("vs-code")]
    public void Every_client_has_both_ways_to_connect_and_no_key_in_the_file(string client)
    {
        var stdio = _clients[client]!["stdio"]!.ToJsonString();
        var http = _clients[client]!["http"]!.ToJsonString();

        Assert.Contains("/path/to/miosa", stdio, StringComparison.Ordinal);
        Assert.Contains("http://127.0.0.1:6467/mcp", http, StringComparison.Ordinal);
        Assert.Matches("MIOSA_KEY|input:miosa-key", http);
    }

    [Theory]
    [InlineData("stdio"), InlineData("http")]
    public void Codex_is_told_to_wait_for_the_server(string transport) =>
        Assert.Contains("required = true", _clients["codex"]![transport]!.AsArray().Select(line => (string?)line));
}
