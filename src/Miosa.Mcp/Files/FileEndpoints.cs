using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Devices.Doors;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Files;

/// <summary>Where links to files lead: the secret in the path is the permission, no key is needed.</summary>
internal static class FileEndpoints
{
    public static void MapFiles(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPut("/v1/files/{secret}", static http => UploadAsync(http, Secret(http), http.RequestServices.GetRequiredService<FileLinks>(), http.RequestServices.GetRequiredService<FileService>()));
        endpoints.MapGet("/v1/files/{secret}", static http => DownloadAsync(http, Secret(http), http.RequestServices.GetRequiredService<FileLinks>(), http.RequestServices.GetRequiredService<FileService>()));
    }

    private static string Secret(HttpContext http) => (string)http.Request.RouteValues["secret"]!;

    private static async Task UploadAsync(HttpContext http, string secret, FileLinks links, FileService files)
    {
        if (links.Take(secret, FileLinkKind.Upload) is not { } granted)
        {
            await RefuseAsync(http, FileLinkKind.Upload);
            return;
        }
        // The sandbox's disk is the limit here, not the server's idea of a large request.
        http.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
        try
        {
            var written = await files.WriteAsync(
                granted.Caller, granted.SandboxId, granted.Path, granted.User, http.Request.Body, new WriteOptions { MakeParents = true }, http.RequestAborted);
            await http.Response.WriteAsJsonAsync(written, FileJson.Default.FileDetails, cancellationToken: http.RequestAborted);
        }
        catch (ToolFailureException failure)
        {
            // Nothing was written; the link may be used again.
            links.Restore(secret, granted);
            await FailAsync(http, failure);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            links.Restore(secret, granted);
            http.Abort();
        }
    }

    private static async Task DownloadAsync(HttpContext http, string secret, FileLinks links, FileService files)
    {
        if (links.Take(secret, FileLinkKind.Download) is not { } granted)
        {
            await RefuseAsync(http, FileLinkKind.Download);
            return;
        }
        try
        {
            await using var file = await files.OpenAsync(granted.Caller, granted.SandboxId, granted.Path, granted.User, http.RequestAborted);
            http.Response.ContentLength = file.Stat.Size;
            // Never shown as a page: what an agent made must not run as a script of this origin.
            http.Response.ContentType = "application/octet-stream";
            http.Response.Headers.ContentDisposition = "attachment";
            http.Response.Headers.XContentTypeOptions = "nosniff";
            http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
            http.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{file.Stat.Inode:x}-{file.Stat.ModifiedAt.UtcTicks:x}\"");
            await file.CopyToAsync(http.Response.Body, 256 * 1024, http.RequestAborted);
        }
        catch (ToolFailureException failure)
        {
            await FailAsync(http, failure);
        }
    }

    private static Task RefuseAsync(HttpContext http, FileLinkKind kind) => FailAsync(http, new ToolFailureException(
        ToolErrorCode.NotFound, "This link is unknown, used up, expired or for the other direction.",
        kind is FileLinkKind.Upload ? "Get a new one with sandbox_upload." : "Get a new one with sandbox_download."));

    private static async Task FailAsync(HttpContext http, ToolFailureException failure)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }
        http.Response.StatusCode = failure.Code switch
        {
            ToolErrorCode.NotFound or ToolErrorCode.Gone => StatusCodes.Status404NotFound,
            ToolErrorCode.Denied => StatusCodes.Status403Forbidden,
            ToolErrorCode.Conflict => StatusCodes.Status409Conflict,
            ToolErrorCode.DiskFull => StatusCodes.Status507InsufficientStorage,
            ToolErrorCode.InvalidInput => StatusCodes.Status400BadRequest,
            _ => StatusCodes.Status503ServiceUnavailable,
        };
        await http.Response.WriteAsJsonAsync(new FileFailure(failure.Message, failure.NextStep), FileJson.Default.FileFailure);
    }
}
