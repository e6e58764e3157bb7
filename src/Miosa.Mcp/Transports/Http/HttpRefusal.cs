using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Miosa.Mcp.Transports.Http;

/// <summary>An HTTP answer that says what was wrong and what to do instead, in the shape of a JSON-RPC error, which MCP clients show.</summary>
internal static class HttpRefusal
{
    /// <summary>The server's own range of JSON-RPC codes.</summary>
    public const int Refused = -32000;

    public static async Task WriteAsync(HttpContext context, int status, string what, string remedy)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        var text = JsonEncodedText.Encode($"{what} {remedy}", JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        await context.Response.WriteAsync(
            $$$"""{"jsonrpc":"2.0","id":null,"error":{"code":{{{Refused}}},"message":"{{{text}}}"}}""", context.RequestAborted);
    }
}
