using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Miosa.Mcp.Transports;

/// <summary>How protocol messages are read and written, and what a message says about its era.</summary>
internal static class ProtocolJson
{
    /// <summary>The largest message a client may send, whichever way it comes. Larger contents go by upload.</summary>
    public const int MaxMessageBytes = 4 * 1024 * 1024;

    private const string VersionKey = "io.modelcontextprotocol/protocolVersion";

    public static JsonTypeInfo<JsonRpcMessage> Message { get; } =
        (JsonTypeInfo<JsonRpcMessage>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage));

    public static JsonTypeInfo<JsonRpcError> Error { get; } =
        (JsonTypeInfo<JsonRpcError>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcError));

    /// <summary>The protocol version that a message carries in itself, as 2026-07-28 and later do; null for the eras before.</summary>
    public static string? VersionOf(JsonRpcMessage message) =>
        ParametersOf(message) is JsonObject parameters
        && parameters["_meta"] is JsonObject meta
        && meta[VersionKey] is JsonValue value
        && value.TryGetValue(out string? version)
        && version.Length > 0
            ? version
            : null;

    public static JsonNode? ParametersOf(JsonRpcMessage message) => message switch
    {
        JsonRpcRequest request => request.Params,
        JsonRpcNotification notification => notification.Params,
        _ => null,
    };
}
