namespace Miosa.Mcp.Tests.Transports;

/// <summary>What clients say, as they write it.</summary>
internal static class Said
{
    public const string Initialized = """{"jsonrpc":"2.0","method":"notifications/initialized"}""";

    private const string StatelessMeta = """{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"probe","version":"1"}}""";

    public static string Initialize(int id, string version) =>
        $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"method":"initialize","params":{"protocolVersion":"{{{{version}}}}","capabilities":{},"clientInfo":{"name":"tester","version":"2"}}}""";

    public static string Request(int id, string method) => $$"""{"jsonrpc":"2.0","id":{{id}},"method":"{{method}}"}""";

    public static string Call(int id, string tool, string arguments = "{}") =>
        $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}}}}""";

    public static string Stateless(int id, string method) => $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"{{{method}}}","params":{"_meta":{{{StatelessMeta}}}}}""";

    public static string StatelessCall(int id, string tool) =>
        $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{},"_meta":{{{StatelessMeta}}}}}""";

    public static (string, string)[] StatelessHeaders(string method, string? name = null) =>
        [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", method), .. name is null ? [] : ((string, string)[])[("Mcp-Name", name)]];
}
