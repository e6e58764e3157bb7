using System.Text.Encodings.Web;
using System.Text.Json;

namespace Miosa.Mcp.Transports.Stdio;

/// <summary>JSON-RPC errors that are written as text, where no protocol library is at hand or the message was no message.</summary>
internal static class JsonRpcErrors
{
    public const int ParseError = -32700;
    public const int InvalidRequest = -32600;

    /// <summary>The server's own range: the host is not there.</summary>
    public const int HostUnavailable = -32000;

    /// <param name="id">The id as it was written, or null when none could be read.</param>
    /// <param name="code">The JSON-RPC code.</param>
    /// <param name="message">What happened and what to do.</param>
    public static string Line(string? id, int code, string message) =>
        $$$"""{"jsonrpc":"2.0","id":{{{id ?? "null"}}},"error":{"code":{{{code}}},"message":"{{{JsonEncodedText.Encode(message, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}}}"}}""";
}
