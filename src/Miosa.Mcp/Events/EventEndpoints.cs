using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Events;

/// <summary>The journal as server-sent events: the same lines as event_list, as they come.</summary>
internal static class EventEndpoints
{
    private const int PageSize = 200;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>`GET /v1/events?types=&amp;device=&amp;since=`; `Last-Event-ID` goes on where a connection broke off.</summary>
    public static void MapEvents(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/v1/events", static http => StreamAsync(http, http.RequestServices.GetRequiredService<Journal>(), http.Features.GetRequiredFeature<Caller>()));

    private static async Task StreamAsync(HttpContext http, Journal journal, Caller caller)
    {
        if (!Scopes.Opens(caller.Scopes, "event.list"))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            await http.Response.WriteAsync("This key may not read events; it takes one with the scope events:read.", http.RequestAborted);
            return;
        }
        // A host that stops ends the stream at once; waiting for its readers would hold it up.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, http.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        var cancellationToken = ended.Token;
        var last = http.Request.Headers["Last-Event-ID"].ToString();
        var query = new EventQuery
        {
            Workspace = caller.WorkspaceName,
            Types = [.. http.Request.Query["types"].SelectMany(types => (types ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
            Device = http.Request.Query["device"] is [{ Length: > 0 } device] ? device : null,
            After = last.Length > 0 ? last : http.Request.Query["since"] is [{ Length: > 0 } since] ? since : null,
            Limit = PageSize,
        };
        if (query.Problem is { } problem)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            await http.Response.WriteAsync(problem, cancellationToken);
            return;
        }
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-cache, no-transform";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        await http.Response.WriteAsync(": connected\n\n", cancellationToken);
        await http.Response.Body.FlushAsync(cancellationToken);
        try
        {
            while (true)
            {
                var events = await journal.WaitAsync(query, Heartbeat, cancellationToken);
                foreach (var entry in events)
                    await http.Response.WriteAsync($"id: {entry.Id}\nevent: {entry.Type}\ndata: {JsonSerializer.Serialize(entry, Wire.Options)}\n\n", cancellationToken);
                if (events.Count is 0)
                    await http.Response.WriteAsync(": heartbeat\n\n", cancellationToken);
                else
                    query = query with { After = events[^1].Id };
                await http.Response.Body.FlushAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The reader went; it comes back with the last id it saw.
        }
    }
}
