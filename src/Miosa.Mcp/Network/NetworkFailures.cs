using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Network;

/// <summary>What can go wrong with the network of a sandbox, in words a caller can act on.</summary>
internal static class NetworkFailures
{
    public static ToolFailureException NothingAsked() => new(
        ToolErrorCode.InvalidInput, "Neither `preset` nor `allow` was given.", "Give a preset (none, packages, web), hosts to allow, or both; together they replace what there was.");

    public static ToolFailureException NotAHost(string text) => new(
        ToolErrorCode.InvalidInput, $"`allow` has `{text}`, which names no host.",
        "Write `example.com`, `*.example.com`, or with a port other than 80 and 443 `example.com:8080`; an address as 203.0.113.7 or [2001:db8::7].");

    public static ToolFailureException NeverAllowed(string text, string problem) => new(
        ToolErrorCode.Denied, $"`allow` has `{text}`: it is {problem}, which no policy opens.", "Only the operator can, with Network:AllowPrivate in this host's settings.json.");
}
