using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Transports.Http;

/// <summary>Streamable HTTP, both eras on one address: POST says something, GET listens, DELETE ends a session.</summary>
internal sealed class McpEndpoint(
    HttpSessions sessions,
    IOptions<McpServerOptions> options,
    IServiceProvider services,
    HttpLimits limits,
    IHostApplicationLifetime lifetime,
    ILoggerFactory loggers,
    TimeProvider time)
{
    public const string Path = "/mcp";

    private const string SessionHeader = "Mcp-Session-Id";
    private const string VersionHeader = "MCP-Protocol-Version";

    private static readonly TimeSpan LastAnswers = TimeSpan.FromSeconds(1);

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods(Path, [HttpMethods.Post], PostAsync);
        endpoints.MapMethods(Path, [HttpMethods.Get], GetAsync);
        endpoints.MapMethods(Path, [HttpMethods.Delete], DeleteAsync);
    }

    private async Task PostAsync(HttpContext context)
    {
        if (!Accepts(context.Request, "application/json") || !Accepts(context.Request, "text/event-stream"))
        {
            await AnswerAsync(context, StatusCodes.Status406NotAcceptable, new RequestProblem(HttpRefusal.Refused, "The Accept header must take both application/json and text/event-stream."));
            return;
        }

        if (await ReadAsync(context) is not { } message)
            return;

        var id = message is JsonRpcRequest request ? request.Id : default;
        var version = context.Request.Headers[VersionHeader].ToString();
        if (RequestRules.Check(context.Request.Headers, version, message, options.Value) is { } problem)
        {
            await AnswerAsync(context, problem.Status, problem, id);
            return;
        }

        message.Context = new JsonRpcMessageContext
        {
            ProtocolVersion = version.Length > 0 ? version : null,
            Items = new Dictionary<string, object?>(StringComparer.Ordinal) { [Caller.ItemKey] = CallerOf(context) },
        };

        if (Eras.IsStateless(version))
            await ServeAloneAsync(context, message);
        else
            await ServeInSessionAsync(context, message, id);
    }

    private async Task ServeInSessionAsync(HttpContext context, JsonRpcMessage message, RequestId id)
    {
        var caller = CallerOf(context);
        var sessionId = context.Request.Headers[SessionHeader].ToString();
        HttpSession? session;
        if (message is JsonRpcRequest { Method: RequestMethods.Initialize })
        {
            // An initialize always begins anew, also for a client that still carries the id of its last session.
            session = sessions.Create(caller);
            context.Response.Headers[SessionHeader] = session.Id;
        }
        else if (sessionId.Length is 0)
        {
            // Some clients never take up the session they were offered. Nothing we do needs one.
            await ServeAloneAsync(context, message);
            return;
        }
        else
        {
            session = sessions.Find(sessionId, caller);
        }

        if (session is null)
        {
            await AnswerAsync(context, StatusCodes.Status404NotFound, SessionOver, id);
            return;
        }

        using (session.Enter())
            await RespondAsync(context, session.Transport, message, session.Ended);
    }

    /// <summary>One request, one server: what 2026-07-28 asks for.</summary>
    private async Task ServeAloneAsync(HttpContext context, JsonRpcMessage message)
    {
        var stopping = RequestRules.OnlyListens(context.Request.Headers) ? lifetime.ApplicationStopping : CancellationToken.None;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        await using var transport = new StreamableHttpServerTransport(loggers) { Stateless = true };
        await using var server = McpServer.Create(transport, options.Value, loggers, services);
        var running = server.RunAsync(ended.Token);
        try
        {
            await RespondAsync(context, transport, message, stopping);
        }
        finally
        {
            await transport.DisposeAsync();
            await EndAsync(running, ended);
        }
    }

    private static async Task EndAsync(Task running, CancellationTokenSource ended)
    {
        try
        {
            ended.CancelAfter(LastAnswers);
            await running;
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The client went away, or what it started outlasts its answer.
        }
    }

    private static async Task RespondAsync(HttpContext context, StreamableHttpServerTransport transport, JsonRpcMessage message, CancellationToken ended)
    {
        BeginStream(context.Response);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, ended);
        try
        {
            if (await transport.HandlePostRequestAsync(message, context.Response.Body, Starting, both.Token))
                return;
            context.Response.Headers.ContentType = default;
            context.Response.StatusCode = StatusCodes.Status202Accepted;
        }
        catch (OperationCanceledException) when (both.IsCancellationRequested)
        {
            // The client hung up or ended the session: nobody is left to answer.
        }

        ValueTask Starting(JsonRpcMessage? first)
        {
            // A status can only be chosen before the first byte. The session eras answer 200 whatever the message says.
            if (first is JsonRpcError error && Eras.IsStateless(context.Request.Headers[VersionHeader].ToString()))
                context.Response.StatusCode = RequestProblem.StatusOf(error.Error.Code);
            return ValueTask.CompletedTask;
        }
    }

    private async Task GetAsync(HttpContext context)
    {
        var sessionId = context.Request.Headers[SessionHeader].ToString();
        if (sessionId.Length is 0 || Eras.IsStateless(context.Request.Headers[VersionHeader].ToString()))
        {
            context.Response.Headers.Allow = HttpMethods.Post;
            await AnswerAsync(context, StatusCodes.Status405MethodNotAllowed, new RequestProblem(HttpRefusal.Refused, "There is nothing to listen to without a session. Send requests with POST."));
            return;
        }

        if (!Accepts(context.Request, "text/event-stream"))
        {
            await AnswerAsync(context, StatusCodes.Status406NotAcceptable, new RequestProblem(HttpRefusal.Refused, "The Accept header must take text/event-stream."));
            return;
        }

        if (sessions.Find(sessionId, CallerOf(context)) is not { } session)
        {
            await AnswerAsync(context, StatusCodes.Status404NotFound, SessionOver);
            return;
        }

        if (!session.TryListen())
        {
            // The SDK's transport can be listened to once. Clients take a 405 for "no such stream" and go on without it.
            await AnswerAsync(context, StatusCodes.Status405MethodNotAllowed, new RequestProblem(HttpRefusal.Refused, "This session's stream was taken before."));
            return;
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, session.Ended, lifetime.ApplicationStopping);
        using (session.Enter())
        {
            BeginStream(context.Response);
            try
            {
                await session.Transport.HandleGetRequestAsync(context.Response.Body, ended.Token);
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested)
            {
                // Listening ends when either side stops.
            }
        }
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var found = sessions.End(context.Request.Headers[SessionHeader].ToString(), CallerOf(context));
        if (found)
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        else
            await AnswerAsync(context, StatusCodes.Status404NotFound, SessionOver);
    }

    private async Task<JsonRpcMessage?> ReadAsync(HttpContext context)
    {
        using var body = new RequestBody(limits.BodyBytes, time);
        if (!await body.TryReadAsync(context.Request, context.RequestAborted))
        {
            await AnswerAsync(context, StatusCodes.Status413PayloadTooLarge, new RequestProblem((int)McpErrorCode.InvalidRequest, $"A message may have {limits.BodyBytes} bytes. Send large contents as an upload."));
            return null;
        }

        try
        {
            if (JsonSerializer.Deserialize(body.Bytes, ProtocolJson.Message) is { } message)
                return message;
        }
        catch (JsonException)
        {
            // Answered below, like a null.
        }

        await AnswerAsync(context, StatusCodes.Status400BadRequest, NoMessage);
        return null;
    }

    private static RequestProblem NoMessage { get; } = new((int)McpErrorCode.InvalidRequest, "The body must be one JSON-RPC 2.0 message.");

    private static RequestProblem SessionOver { get; } = new(HttpRefusal.Refused, "This session is over, or was begun with another key, workspace or agent. Begin a new one with initialize.");

    private static Caller CallerOf(HttpContext context) => context.Features.GetRequiredFeature<Caller>();

    private static bool Accepts(HttpRequest request, string type) =>
        MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted)
        && accepted.Any(a => a.MatchesMediaType(type));

    private static void BeginStream(HttpResponse response)
    {
        response.Headers.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        response.HttpContext.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
    }

    private static async Task AnswerAsync(HttpContext context, int status, RequestProblem problem, RequestId id = default)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, problem.ToError(id), ProtocolJson.Error, context.RequestAborted);
    }
}
