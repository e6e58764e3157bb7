using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Devices;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Snapshots;

/// <summary>Where links to snapshots lead: the secret in the path is the permission, no key is needed.</summary>
internal static class SnapshotEndpoints
{
    /// <summary>Others wait while one is under way, so it may not go on for ever.</summary>
    private static readonly MinDataRate Slowest = new(bytesPerSecond: 128 * 1024, gracePeriod: TimeSpan.FromSeconds(30));

    public static void MapSnapshots(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(SnapshotLinks.Path + "/{secret}", static http => ExportAsync(http, Take(http, SnapshotLinkKind.Export), Transfers(http)));
        endpoints.MapPut(SnapshotLinks.Path + "/{secret}", static http => ImportAsync(http, Take(http, SnapshotLinkKind.Import), Transfers(http)));
    }

    private static SnapshotTransfers Transfers(HttpContext http) => http.RequestServices.GetRequiredService<SnapshotTransfers>();

    private static SnapshotRow? Take(HttpContext http, SnapshotLinkKind kind) =>
        http.RequestServices.GetRequiredService<SnapshotLinks>().Take((string)http.Request.RouteValues["secret"]!, kind);

    private static Task ExportAsync(HttpContext http, SnapshotRow? snapshot, SnapshotTransfers transfers) => AnswerAsync(http, snapshot, async row =>
    {
        http.Response.ContentType = "application/octet-stream";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{row.Id}.miosa\"";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        if (http.Features.Get<IHttpMinResponseDataRateFeature>() is { } slowest)
            slowest.MinDataRate = Slowest;
        await transfers.ExportAsync(row, http.Response.Body, http.RequestAborted);
    });

    private static Task ImportAsync(HttpContext http, SnapshotRow? snapshot, SnapshotTransfers transfers) => AnswerAsync(http, snapshot, async row =>
    {
        // The room on the disk is the limit here, not the server's idea of a large request.
        http.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
        if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } slowest)
            slowest.MinDataRate = Slowest;
        var imported = await transfers.ImportAsync(row, http.Request.Body, http.RequestAborted);
        await http.Response.WriteAsJsonAsync(new SnapshotImported(imported.Id, imported.State.ToString().ToLowerInvariant()), SnapshotLinkJson.Default.SnapshotImported, cancellationToken: http.RequestAborted);
    });

    private static async Task AnswerAsync(HttpContext http, SnapshotRow? snapshot, Func<SnapshotRow, Task> work)
    {
        try
        {
            await work(snapshot ?? throw new ToolFailureException(
                ToolErrorCode.NotFound, "This link is unknown, used up, expired or for the other direction.", "Get a new one with sandbox_snapshot_export or sandbox_snapshot_import."));
        }
        catch (ToolFailureException failure)
        {
            await FailAsync(http, failure.Code is ToolErrorCode.NotFound ? StatusCodes.Status404NotFound : StatusCodes.Status409Conflict, failure.Message, failure.NextStep);
        }
        catch (EngineException exception)
        {
            await FailAsync(http, exception.IsDiskFull ? StatusCodes.Status507InsufficientStorage : StatusCodes.Status422UnprocessableEntity, exception.Message, exception.Remedy);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            http.Abort();
        }
    }

    /// <summary>What has been sent in part must not look whole.</summary>
    private static Task FailAsync(HttpContext http, int status, string message, string nextStep)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return Task.CompletedTask;
        }
        http.Response.Headers.Remove("Content-Disposition");
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(new SnapshotLinkFailure(message, nextStep), SnapshotLinkJson.Default.SnapshotLinkFailure);
    }
}
