using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Transports.Access;
using Miosa.Mcp.Transports.Bridge;

namespace Miosa.Mcp.Transports.Http;

/// <summary>
/// What every HTTP request passes before anything of ours looks at it: is it addressed to us, does it come from a
/// page that may talk to us, does it carry a key, is there room.
/// </summary>
internal sealed partial class HttpGate(
    AllowedNames names, AccessKeys keys, FailedTries failures, ServeOptions serve, HttpLimits limits, LastAnswers lastAnswers, ILogger<HttpGate> logger) : IMiddleware, IDisposable
{
    public const string HealthPath = "/healthz";

    /// <summary>Links that carry their own permission lie below this.</summary>
    public const string LinkPath = "/v1/files";

    private readonly ConcurrencyLimiter _turns = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = limits.Executing,
        QueueLimit = limits.Queued,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        // A page whose name was pointed at this machine sends its own name as Host, and itself as Origin.
        if (!names.AllowsHost(context.Request.Host.Value))
        {
            await HttpRefusal.WriteAsync(context, StatusCodes.Status403Forbidden, "The Host header names another server.", "Call this server by a loopback name, or start it with --allow-host for the name you use.");
            return;
        }

        if (!names.AllowsOrigin(context.Request.Headers.Origin.ToString()))
        {
            await HttpRefusal.WriteAsync(context, StatusCodes.Status403Forbidden, "Pages of this origin may not talk to this server.", "Start the server with --allow-host for the page's host name, if you trust it.");
            return;
        }

        if (context.Request.Path.Equals(HealthPath, StringComparison.Ordinal))
        {
            await next(context);
            return;
        }

        // The secret in such a path is the permission, and says for whom. However the rest is spelt: a stranger's path is logged.
        var isLink = context.Request.Path.StartsWithSegments(LinkPath, StringComparison.OrdinalIgnoreCase);
        if (!isLink && !await LetInAsync(context))
            return;

        // A stopping host waits a little for answers that are on their way, and not for streams that never end. What a key
        // began ends with the key.
        var keyEnded = context.Features.Get<Caller>()?.Ended ?? CancellationToken.None;
        using var aborted = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lastAnswers.Over, keyEnded);
        context.RequestAborted = aborted.Token;
        using var turn = await TakeTurnAsync(context);
        if (turn.IsAcquired)
        {
            await next(context);
            return;
        }

        LogFull(limits.Executing, limits.Queued);
        context.Response.Headers.RetryAfter = "1";
        await HttpRefusal.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "The server is working on as many requests as it takes.", "Try again in a second.");
    }

    public void Dispose() => _turns.Dispose();

    // A stream that waits for news would hold its turn for hours and work on nothing.
    private ValueTask<RateLimitLease> TakeTurnAsync(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method) || RequestRules.OnlyListens(context.Request.Headers)
            ? ValueTask.FromResult<RateLimitLease>(Free.Lease)
            : _turns.AcquireAsync(1, context.RequestAborted);

    /// <summary>Finds out who comes. False when the answer was given: a stranger, or somebody who claims what the key does not give.</summary>
    private async Task<bool> LetInAsync(HttpContext context)
    {
        const string Scheme = "Bearer ";
        var authorization = context.Request.Headers.Authorization.ToString();
        var admission = authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? keys.Admit(authorization[Scheme.Length..].Trim())
            : new Admission.Refused(authorization.Length > 0 ? "This key opens nothing here." : "This server wants a key.");
        if (admission is not Admission.Admitted(var grant))
        {
            await RefuseStrangerAsync(context, ((Admission.Refused)admission).Reason);
            return false;
        }

        try
        {
            context.Features.Set(Identify(context.Request, grant));
            return true;
        }
        catch (ToolFailureException failure)
        {
            var status = failure.Code is ToolErrorCode.InvalidInput ? StatusCodes.Status400BadRequest : StatusCodes.Status403Forbidden;
            await HttpRefusal.WriteAsync(context, status, failure.Message, failure.NextStep);
            return false;
        }
    }

    private Caller Identify(HttpRequest request, KeyGrant grant)
    {
        var key = grant.Entry;
        var toolsets = BridgeOptions.SplitToolsets(Asked(request, "toolsets", "X-Miosa-Toolsets") ?? "");
        if (Toolsets.Problem(toolsets) is { } problem)
            throw problem;
        return new Caller
        {
            Principal = key.Principal,
            Transport = Caller.Http,
            Kind = key.Kind,
            KeyId = key.Id,
            Parent = key.Parent,
            UserId = key.UserId,
            Scopes = key.Scopes,
            Ended = grant.Ended,
            Workspace = KeyRules.Workspace(key, Asked(request, "workspace", "X-Miosa-Workspace")),
            Agent = KeyRules.Agent(key, Asked(request, "agent", "X-Miosa-Agent")),
            Toolsets = toolsets.Length > 0 ? toolsets : serve.Toolsets,
            ReadOnly = serve.ReadOnly || key.ReadOnly || Asked(request, "read_only", "X-Miosa-Read-Only") is "" or "1" or "true",
        };
    }

    private static string? Asked(HttpRequest request, string parameter, string header) =>
        request.Query.TryGetValue(parameter, out var value) ? value.ToString()
        : request.Headers.TryGetValue(header, out value) ? value.ToString()
        : null;

    private async Task RefuseStrangerAsync(HttpContext context, string reason)
    {
        var address = context.Connection.RemoteIpAddress;
        var failed = failures.Count(address);
        if (failed > FailedTries.MostInAWindow)
        {
            // Once, so that the log stays readable while somebody goes on.
            if (failed is FailedTries.MostInAWindow + 1)
                LogTooMany(address, FailedTries.MostInAWindow);
            context.Response.Headers.RetryAfter = ((int)FailedTries.Window.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            await HttpRefusal.WriteAsync(context, StatusCodes.Status429TooManyRequests, "Too many requests without a key that opens anything came from this address.", "Wait a minute, and send a key that is in force.");
            return;
        }

        LogStranger(address, context.Request.Path);
        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"miosa\"";
        await HttpRefusal.WriteAsync(
            context,
            StatusCodes.Status401Unauthorized,
            reason,
            keys.Any
                ? $"Send `Authorization: Bearer {AccessKeys.Prefix}…` with the key that `miosa serve` printed at its first start. Lost it? `miosa keys create` makes another, and `miosa serve --new-key` one in place of all."
                : "There is no key yet. `miosa serve --new-key` makes one and prints it.");
    }

    [LoggerMessage(LogLevel.Warning, "More than {Most} requests without a valid key from {Address} within a minute; further ones are not written down")]
    private partial void LogTooMany(IPAddress? address, int most);

    [LoggerMessage(LogLevel.Warning, "A request without a valid key from {Address} for {Path}")]
    private partial void LogStranger(IPAddress? address, PathString path);

    [LoggerMessage(LogLevel.Warning, "{Executing} requests run and {Queued} wait: one was told to come back")]
    private partial void LogFull(int executing, int queued);

    private sealed class Free : RateLimitLease
    {
        public static readonly Free Lease = new();

        public override bool IsAcquired => true;

        public override IEnumerable<string> MetadataNames => [];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = null;
            return false;
        }
    }
}
