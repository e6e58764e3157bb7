using System.Net;

namespace Miosa.Mcp.Network;

/// <summary>A program in a sandbox sent something that is no request to a proxy, or could be read in two ways.</summary>
internal sealed class BadRequestException(string message, HttpStatusCode status = HttpStatusCode.BadRequest) : Exception(message)
{
    public HttpStatusCode Status { get; } = status;
}
