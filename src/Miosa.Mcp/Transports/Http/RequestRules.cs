using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Transports.Http;

/// <summary>
/// What the headers of a POST must say about its body. Since 2026-07-28 they repeat method, name and marked arguments,
/// so that what stands between client and server can route without reading the body; a server that let them differ
/// would let the two be told different things.
/// </summary>
internal static class RequestRules
{
    private const string VersionHeader = "MCP-Protocol-Version";
    private const string MethodHeader = "Mcp-Method";
    private const string NameHeader = "Mcp-Name";
    private const string CapabilitiesKey = "io.modelcontextprotocol/clientCapabilities";
    private const string VersionKey = "io.modelcontextprotocol/protocolVersion";

    /// <summary>What 2026-07-28 took out of the protocol.</summary>
    private static readonly HashSet<string> RemovedMethods = new(
        [RequestMethods.Initialize, RequestMethods.Ping, "logging/setLevel", RequestMethods.ResourcesSubscribe, RequestMethods.ResourcesUnsubscribe],
        StringComparer.Ordinal);

    public static RequestProblem? Check(IHeaderDictionary headers, string version, JsonRpcMessage message, McpServerOptions options) =>
        CheckVersion(version)
        ?? CheckEnvelope(version, message)
        ?? (Eras.IsStateless(version) ? CheckStateless(headers, version, message, options) : null);

    /// <summary>Whether this opens a stream of notifications. The header can be believed: it must agree with the body.</summary>
    public static bool OnlyListens(IHeaderDictionary headers) =>
        string.Equals(headers[MethodHeader].ToString().Trim(), RequestMethods.SubscriptionsListen, StringComparison.Ordinal);

    private static RequestProblem? CheckVersion(string version) =>
        version.Length is 0 || Eras.All.Contains(version, StringComparer.Ordinal)
            ? null
            : new RequestProblem((int)McpErrorCode.UnsupportedProtocolVersion, $"The protocol version '{version}' is not spoken here.")
            {
                Data = new JsonObject
                {
                    // What server/discover says. A client that knows none of these goes on to initialize, which negotiates.
                    ["supported"] = new JsonArray(Eras.Stateless),
                    ["requested"] = version,
                },
            };

    private static RequestProblem? CheckEnvelope(string version, JsonRpcMessage message)
    {
        if (message is JsonRpcRequest { Method: RequestMethods.Initialize, Params: JsonObject parameters }
            && version.Length > 0
            && Text(parameters["protocolVersion"]) is { } asked
            && !string.Equals(asked, version, StringComparison.Ordinal))
        {
            return Mismatch($"The {VersionHeader} header says '{version}', the body's protocolVersion '{asked}'.");
        }

        var inBody = ProtocolJson.VersionOf(message);
        if (inBody is null)
        {
            return Eras.IsStateless(version) && message is JsonRpcRequest
                ? new RequestProblem((int)McpErrorCode.InvalidParams, $"Requests of {version} carry _meta/{VersionKey}.")
                : null;
        }

        if (version.Length is 0)
            return Eras.IsStateless(inBody) ? Mismatch($"The body speaks {inBody}, so the {VersionHeader} header must say so too.") : null;
        return string.Equals(inBody, version, StringComparison.Ordinal) || !(Eras.IsStateless(version) || Eras.IsStateless(inBody))
            ? null
            : Mismatch($"The {VersionHeader} header says '{version}', the body's _meta/{VersionKey} '{inBody}'.");
    }

    private static RequestProblem? CheckStateless(IHeaderDictionary headers, string version, JsonRpcMessage message, McpServerOptions options)
    {
        var method = message switch
        {
            JsonRpcRequest request => request.Method,
            JsonRpcNotification notification => notification.Method,
            _ => null,
        };
        if (method is null)
            return null;

        return CheckMethod(headers, method)
            ?? CheckName(headers, method, ProtocolJson.ParametersOf(message))
            ?? ParameterHeaders.Check(headers, message, options)
            ?? CheckCapabilities(version, message)
            ?? (message is JsonRpcRequest && RemovedMethods.Contains(method)
                ? new RequestProblem((int)McpErrorCode.MethodNotFound, $"{method} is not part of {version}.")
                : null);
    }

    private static RequestProblem? CheckMethod(IHeaderDictionary headers, string method) =>
        !headers.TryGetValue(MethodHeader, out var said) ? Mismatch($"The {MethodHeader} header is missing.")
        : !string.Equals(said.ToString().Trim(), method, StringComparison.Ordinal) ? Mismatch($"The {MethodHeader} header says '{said}', the body '{method}'.")
        : null;

    private static RequestProblem? CheckName(IHeaderDictionary headers, string method, JsonNode? parameters)
    {
        var key = method switch
        {
            RequestMethods.ToolsCall or RequestMethods.PromptsGet => "name",
            RequestMethods.ResourcesRead => "uri",
            _ => null,
        };
        if (key is null)
            return null;
        if (!headers.TryGetValue(NameHeader, out var said))
            return Mismatch($"The {NameHeader} header is missing.");

        var inBody = Text((parameters as JsonObject)?[key]);
        return HeaderText.Decode(said) is not { } name ? Mismatch($"The {NameHeader} header is not encoded as it should be.")
            : !string.Equals(name, inBody, StringComparison.Ordinal) ? Mismatch($"The {NameHeader} header says '{name}', the body '{inBody}'.")
            : null;
    }

    private static RequestProblem? CheckCapabilities(string version, JsonRpcMessage message) =>
        message is JsonRpcRequest { Params: var parameters }
        && ((parameters as JsonObject)?["_meta"] as JsonObject)?[CapabilitiesKey] is not JsonObject
            ? new RequestProblem((int)McpErrorCode.InvalidParams, $"Requests of {version} carry _meta/{CapabilitiesKey}, an object.")
            : null;

    internal static RequestProblem Mismatch(string message) => new((int)McpErrorCode.HeaderMismatch, message);

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
