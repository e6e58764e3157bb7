using System.Net;
using Microsoft.AspNetCore.Http;

namespace Miosa.Mcp.Previews.Edge;

/// <summary>A visitor's body on its way to the app, passed on as it comes.</summary>
internal sealed class RequestContent(HttpRequest request, Visit visit) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        await Pump.CopyAsync(request.Body, stream, visit, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = request.ContentLength ?? 0;
        return request.ContentLength is not null;
    }
}
