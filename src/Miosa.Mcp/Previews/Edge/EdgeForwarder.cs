using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Previews.Edge.Sockets;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Previews.Edge;

/// <summary>Takes a request that may pass to the app in the sandbox, and the answer back, waking the sandbox where it sleeps.</summary>
internal sealed partial class EdgeForwarder(
    SandboxPresence presence, Upstreams upstreams, KernelPipes pipes, SandboxActivity activity, EdgePages pages, IOptions<PreviewOptions> options, TimeProvider time, ILogger<EdgeForwarder> logger)
{
    private const string WebSocket = "websocket";
    private const int LeastPassed = 256 * 1024;

    // A person sees that something happens; what a script asked for comes as late as it may.
    private static readonly TimeSpan LongestWaitOfPeople = TimeSpan.FromSeconds(5);
    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public async Task ForwardAsync(HttpContext context, Admission.Allowed admission, EdgeTarget target, CancellationToken stopping)
    {
        var preview = admission.Preview;
        if (!preview.TryEnter(options.Value.RequestsPerPreview))
        {
            await pages.WriteAsync(context, EdgePage.Busy);
            return;
        }
        using var visit = new Visit(preview, admission.Grant, activity, options.Value.IdleTimeout, time, context.RequestAborted);
        visit.EndWith(stopping);
        try
        {
            await ForwardAsync(context, target, visit);
            return;
        }
        catch (Exception exception) when (PageFor(exception, context, visit, stopping) is { } page)
        {
            if (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
            {
                context.Response.Clear();
                await pages.WriteAsync(context, page);
                return;
            }
        }
        // The visitor must not take half an answer for a whole one.
        context.Abort();
    }

    private async Task ForwardAsync(HttpContext context, EdgeTarget target, Visit visit)
    {
        var connect = context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } feature ? feature : null;
        var upgrade = context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } found && IsWebSocket(context.Request.Headers.Upgrade.ToString()) ? found : null;
        using var response = await SendAsync(context, target, visit, isWebSocket: connect is not null || upgrade is not null);
        if (response.StatusCode is not HttpStatusCode.SwitchingProtocols)
        {
            await AnswerAsync(context, response, visit);
            return;
        }
        if ((connect is null && upgrade is null) || !IsWebSocket(response.Headers.Upgrade.ToString()))
            throw new HttpRequestException(HttpRequestError.InvalidResponse, "It switched to a protocol that nobody asked for.");
        EdgeHeaders.CopyToVisitor(response, context.Response);
        visit.MayRest();
        if (connect is not null)
            context.Response.Headers.Remove(HeaderNames.SecWebSocketAccept);
        else
            context.Response.Headers.Upgrade = WebSocket;
        await using var app = await response.Content.ReadAsStreamAsync(visit.Over);
        await using var visitor = connect is not null ? await connect.AcceptAsync() : await upgrade!.UpgradeAsync();
        await TalkAsync(app, visitor, visit);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpContext context, EdgeTarget target, Visit visit, bool isWebSocket)
    {
        var row = visit.Preview.Row;
        var started = time.GetTimestamp();
        await presence.WakeAsync(row, visit.Over);
        for (var isFirst = true; ; isFirst = false)
        {
            var upstream = upstreams.Get(row.SandboxId, row.Port);
            var gone = upstream.Gone;
            try
            {
                using var request = CreateRequest(context, target, visit, isWebSocket);
                var response = await upstream.Client.SendAsync(request, visit.Over);
                visit.EndWith(gone);
                return response;
            }
            catch (Exception exception) when (isFirst && exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } or ObjectDisposedException)
            {
                // Nothing of the request has left yet. The sandbox may have stopped unseen, or just started.
                presence.Doubt(row.SandboxId);
                await presence.WakeAsync(row, visit.Over);
                if (!await upstreams.ListensAsync(row.SandboxId, row.Port, Patience(context, row, time.GetElapsedTime(started)), visit.Over))
                    throw;
            }
        }
    }

    /// <summary>How long to wait for a server to listen: not at all, where it had the time to begin.</summary>
    private TimeSpan Patience(HttpContext context, PreviewRow row, TimeSpan waited)
    {
        if (presence.WokenFor(row.SandboxId) is not { } woken || woken > options.Value.LongestWait)
            return TimeSpan.Zero;
        var longest = EdgePages.WantsPage(context.Request) && LongestWaitOfPeople < options.Value.LongestWait ? LongestWaitOfPeople : options.Value.LongestWait;
        return longest > waited ? longest - waited : TimeSpan.Zero;
    }

    private HttpRequestMessage CreateRequest(HttpContext context, EdgeTarget target, Visit visit, bool isWebSocket)
    {
        var request = new HttpRequestMessage(isWebSocket ? HttpMethod.Get : HttpMethod.Parse(context.Request.Method), new Uri("http://sandbox" + target.Clean, AsItIs))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (!isWebSocket && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody is true)
            request.Content = new RequestContent(context.Request, visit);
        EdgeHeaders.CopyToApp(context, request, options.Value.UsesTls ? "https" : "http");
        if (isWebSocket)
        {
            request.Headers.TryAddWithoutValidation(HeaderNames.Connection, HeaderNames.Upgrade);
            request.Headers.TryAddWithoutValidation(HeaderNames.Upgrade, WebSocket);
            // Over HTTP/2 there is none; the handshake is by the stream itself.
            if (!context.Request.Headers.ContainsKey(HeaderNames.SecWebSocketKey))
                request.Headers.TryAddWithoutValidation(HeaderNames.SecWebSocketKey, Convert.ToBase64String(RandomNumberGenerator.GetBytes(16)));
        }
        return request;
    }

    private async Task AnswerAsync(HttpContext context, HttpResponseMessage response, Visit visit)
    {
        context.Response.StatusCode = (int)response.StatusCode;
        EdgeHeaders.CopyToVisitor(response, context.Response);
        await using var body = await response.Content.ReadAsStreamAsync(visit.Over);
        if (DirectTo(context, response) is { } visitor && pipes.TryRent() is { } pipe)
        {
            var failed = true;
            try
            {
                await Pump.PassAsync(body, context.Response, visitor, pipe, visit);
                failed = false;
            }
            finally
            {
                pipes.Return(pipe, failed);
            }
            return;
        }
        await Pump.CopyAsync(body, context.Response.Body, visit, visit.Over);
        if (!context.Response.SupportsTrailers())
            return;
        foreach (var (name, values) in response.TrailingHeaders.NonValidated)
            context.Response.AppendTrailer(name, values.ToString());
    }

    /// <summary>The visitor's own socket, where a body is worth it and passes as it is: not in chunks, frames or TLS.</summary>
    private LoopWriter? DirectTo(HttpContext context, HttpResponseMessage response) =>
        response.Content.Headers.ContentLength >= LeastPassed && !HttpMethods.IsHead(context.Request.Method) && HttpProtocol.IsHttp11(context.Request.Protocol) && !options.Value.UsesTls
            ? context.Features.Get<LoopWriter>()
            : null;

    /// <summary>Carries a WebSocket's frames until either side ends.</summary>
    private static async Task TalkAsync(Stream app, Stream visitor, Visit visit)
    {
        var outward = Pump.CopyAsync(app, visitor, visit, visit.Over);
        var inward = Pump.CopyAsync(visitor, app, visit, visit.Over);
        await Task.WhenAny(outward, inward);
        visit.End();
        try
        {
            await Task.WhenAll(outward, inward);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One side went; the other was told by the end of its connection.
        }
    }

    private EdgePage? PageFor(Exception exception, HttpContext context, Visit visit, CancellationToken stopping)
    {
        if (visit.IsNoLongerAllowed)
            return visit.HasExpired ? EdgePage.Expired : EdgePage.Revoked;
        if (stopping.IsCancellationRequested)
            return EdgePage.Stopping;
        switch (exception)
        {
            case ToolFailureException { Code: ToolErrorCode.Gone or ToolErrorCode.NotFound }:
                return EdgePage.Unknown;
            case ToolFailureException { Code: ToolErrorCode.SandboxNotCommandReady }:
                return EdgePage.Starting;
            case ToolFailureException failure:
                LogNotStarted(visit.Preview.Row.SandboxId, failure.Message);
                return EdgePage.NotStarted;
            case HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError }:
                return presence.WokenFor(visit.Preview.Row.SandboxId) < options.Value.LongestWait ? EdgePage.Starting : EdgePage.NotListening(visit.Preview.Row.Port);
            case OperationCanceledException:
                return visit.Over.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested && visit.HasBeenSilent ? EdgePage.Silent : EdgePage.Broken;
            // A body that the visitor did not send, an answer that is none, a header that may not be.
            case HttpRequestException or IOException or InvalidOperationException or FormatException:
                return EdgePage.Broken;
            default:
                return null;
        }
    }

    private static bool IsWebSocket(string protocol) => protocol.Equals(WebSocket, StringComparison.OrdinalIgnoreCase);

    [LoggerMessage(LogLevel.Warning, "A visitor wanted sandbox {Id}, which does not start: {Reason}")]
    private partial void LogNotStarted(string id, string reason);
}
