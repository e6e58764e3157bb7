using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Miosa.Mcp.Previews.Edge;

/// <summary>One request at the edge, from its first line to its answer.</summary>
internal sealed partial class EdgeApplication(
    EdgeGate gate, EdgeForwarder forwarder, EdgePages pages, SharePasswords passwords, IOptions<PreviewOptions> options, TimeProvider time, ILogger<EdgeApplication> logger) : IHttpApplication<HttpContext>
{
    private const int MostFormBytes = 4096;

    /// <summary>Cancelled when the host stops: streams and WebSockets end then.</summary>
    public CancellationToken Stopping { get; set; }

    public HttpContext CreateContext(IFeatureCollection contextFeatures)
    {
        // One connection asks many times, and the server keeps it for us from one request to the next.
        if (contextFeatures is not IHostContextContainer<HttpContext> container)
            return new DefaultHttpContext(contextFeatures);
        var context = (DefaultHttpContext)(container.HostContext ??= new DefaultHttpContext());
        context.Initialize(contextFeatures);
        return context;
    }

    public void DisposeContext(HttpContext context, Exception? exception) => ((DefaultHttpContext)context).Uninitialize();

    public async Task ProcessRequestAsync(HttpContext context)
    {
        try
        {
            await RouteAsync(context);
        }
        catch (Exception exception) when (exception is not BadHttpRequestException && !context.RequestAborted.IsCancellationRequested)
        {
            LogFailed(exception);
            if (context.Response.HasStarted)
                context.Abort();
            else
                await pages.WriteAsync(context, EdgePage.Failed);
        }
    }

    private async Task RouteAsync(HttpContext context)
    {
        var request = context.Request;
        if (EdgeTarget.Parse(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget) is not { } target || IsSmuggled(request.Headers))
        {
            CountStranger(context);
            request.Headers.Connection = "close";
            context.Response.Headers.Connection = "close";
            await pages.WriteAsync(context, EdgePage.BadRequest);
            return;
        }
        if (target.IsOwn)
        {
            CountStranger(context);
            await OwnAsync(context, target);
            return;
        }
        var admission = gate.Admit(request, target.Token);
        if (admission is not Admission.Allowed)
            CountStranger(context);
        switch (admission)
        {
            case Admission.Allowed { ByToken: true } allowed when EdgePages.WantsPage(request) && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)):
                Enter(context, allowed.Preview, allowed.Grant!, target.Clean);
                break;
            case Admission.Allowed allowed:
                await ForwardAsync(context, allowed, target);
                break;
            case Admission.PasswordWanted wanted:
                await pages.WriteAsync(context, EdgePage.Password(new PasswordForm(wanted.Token, target.Clean)));
                break;
            case Admission.Ended ended:
                await pages.WriteAsync(context, ended.HasExpired ? EdgePage.Expired : EdgePage.Revoked);
                break;
            case Admission.Unknown:
                await pages.WriteAsync(context, EdgePage.Unknown);
                break;
        }
    }

    /// <summary>Only who has been let in keeps his place: others could hold one for as long as they like, by a body they never send or an answer they never take.</summary>
    private async Task ForwardAsync(HttpContext context, Admission.Allowed allowed, EdgeTarget target)
    {
        var connection = ConnectionOf(context);
        connection?.BeginRequest();
        try
        {
            await forwarder.ForwardAsync(context, allowed, target, Stopping);
        }
        finally
        {
            connection?.EndRequest();
        }
    }

    private static EdgeConnections.Connection? ConnectionOf(HttpContext context) =>
        context.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(EdgeConnections.Key, out var item) is true ? item as EdgeConnections.Connection : null;

    /// <summary>Whoever asks holds what he said in his headers, and over HTTP/2 for a few bytes of his own.</summary>
    private static void CountStranger(HttpContext context)
    {
        // What a request takes beside its headers, about.
        const int own = 4 * 1024;
        long characters = 0;
        foreach (var (name, values) in context.Request.Headers)
        {
            characters += name.Length;
            foreach (var value in values)
                characters += value?.Length ?? 0;
        }
        ConnectionOf(context)?.CountStranger(own + (characters * sizeof(char)), isAlone: !HttpProtocol.IsHttp2(context.Request.Protocol));
    }

    /// <summary>Gives the cookie, and takes the token out of the address.</summary>
    private void Enter(HttpContext context, LivePreview preview, LiveGrant grant, string target)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status303SeeOther;
        response.Headers.SetCookie = gate.CookieFor(preview, grant);
        // Whole, since a path may begin with two slashes, which alone would name another host.
        response.Headers.Location = $"{(options.Value.UsesTls ? "https" : "http")}://{context.Request.Headers.Host}{target}";
        response.Headers.CacheControl = "no-store";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.ContentLength = 0;
    }

    /// <summary>What is below our own path: only the form for a share's password.</summary>
    private async Task OwnAsync(HttpContext context, EdgeTarget target)
    {
        if (target.Clean is not EdgeTarget.OwnPath + "unlock" || !HttpMethods.IsPost(context.Request.Method)
            || await ReadFormAsync(context) is not { } form || gate.FindShare(context.Request, form.Token) is not { } wanted)
        {
            await pages.WriteAsync(context, EdgePage.Unknown);
            return;
        }
        var back = EdgeTarget.Parse(form.Target) is { IsOwn: false } wish ? wish.Clean : "/";
        switch (await passwords.CheckAsync(wanted.Share.Row.Id, wanted.Share.Row.Password!, form.Password, context.RequestAborted))
        {
            case true:
                Enter(context, wanted.Preview, wanted.Share, back);
                break;
            case false:
                await pages.WriteAsync(context, EdgePage.Password(new PasswordForm(form.Token, back) { Problem = "That was not the password." }));
                break;
            case null:
                await pages.WriteAsync(context, EdgePage.Password(new PasswordForm(form.Token, back) { Problem = "Too many passwords were tried. Wait ten minutes, then try again.", IsLocked = true }));
                break;
        }
    }

    private async Task<(string Token, string Target, string Password)?> ReadFormAsync(HttpContext context)
    {
        if (!context.Request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) ?? true)
            return null;
        // It is as short as a head, and has as long.
        using var late = new CancellationTokenSource(options.Value.HeaderTimeout, time);
        using var ended = late.Token.UnsafeRegister(static context => ((HttpContext)context!).Abort(), context);
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            if (read.Buffer.Length > MostFormBytes)
            {
                reader.AdvanceTo(read.Buffer.End);
                return null;
            }
            if (read.IsCompleted)
            {
                var fields = QueryHelpers.ParseQuery(Encoding.UTF8.GetString(read.Buffer.ToArray()));
                reader.AdvanceTo(read.Buffer.End);
                return (fields["token"].ToString(), fields["target"].ToString(), fields["password"].ToString());
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    // Two lengths in one message are how one request hides in another. Kestrel keeps the one that was sent under a name of its own.
    // It also takes other codings before `chunked`, which the next reader may understand otherwise.
    private static bool IsSmuggled(IHeaderDictionary headers) =>
        headers.ContainsKey(HeaderNames.TransferEncoding)
        && (headers.ContentLength is not null || headers.ContainsKey("X-Content-Length")
            || headers.TransferEncoding is not [{ } coding] || !coding.Equals("chunked", StringComparison.OrdinalIgnoreCase));

    [LoggerMessage(LogLevel.Error, "A request at the edge broke")]
    private partial void LogFailed(Exception exception);
}
