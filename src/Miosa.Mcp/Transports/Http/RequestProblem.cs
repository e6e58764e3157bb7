using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Miosa.Mcp.Transports.Http;

/// <summary>Why a request was not even handed to a server.</summary>
internal sealed record RequestProblem(int Code, string Message)
{
    public JsonNode? Data { get; init; }

    public int Status => Code is (int)McpErrorCode.MethodNotFound ? StatusCodes.Status404NotFound : StatusCodes.Status400BadRequest;

    /// <summary>The HTTP status that 2026-07-28 gives to a JSON-RPC error.</summary>
    public static int StatusOf(int code) => (McpErrorCode)code switch
    {
        McpErrorCode.MethodNotFound => StatusCodes.Status404NotFound,
        McpErrorCode.MissingRequiredClientCapability or McpErrorCode.UnsupportedProtocolVersion or McpErrorCode.HeaderMismatch => StatusCodes.Status400BadRequest,
        _ => StatusCodes.Status200OK,
    };

    public JsonRpcError ToError(RequestId id) => new()
    {
        Id = id,
        Error = new JsonRpcErrorDetail { Code = Code, Message = Message, Data = Data },
    };
}
