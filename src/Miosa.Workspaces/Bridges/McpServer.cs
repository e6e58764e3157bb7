using System.Text.Json.Nodes;

namespace Miosa.Workspaces.Bridges;

/// <summary>How clients start the server. There is no secret in it: over stdio the socket's owner is the key.</summary>
internal static class McpServer
{
    /// <summary>The server's name in every client: short, since clients put it before each tool's name.</summary>
    public const string Key = "miosa";

    public static BridgeFile.Entry Entry(BridgeInput input, string path, string section, params IEnumerable<(string Key, JsonNode Value)> more)
    {
        var value = new JsonObject { ["command"] = input.Command, ["args"] = Arguments(input) };
        foreach (var (key, extra) in more)
            value[key] = extra;
        return new BridgeFile.Entry(path, section, Key, value, []);
    }

    public static JsonArray Arguments(BridgeInput input) => [.. input.Arguments.Select(argument => (JsonNode)argument)];

    /// <summary>For runtimes that keep their servers outside of the folder.</summary>
    public static string ByHand(BridgeInput input, string runtime, string file) =>
        $"{runtime} keeps its MCP servers in {file}: add {{\"mcpServers\":{{\"{Key}\":{{\"command\":{YamlText.Quoted(input.Command)},\"args\":{Arguments(input).ToJsonString()}}}}}}}";
}
