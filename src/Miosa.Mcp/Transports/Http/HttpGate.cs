using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Transports.Access;

namespace Miosa.Mcp.Transports.Http;

/// <summary>
/// What every HTTP request passes before anything of ours looks at it: is it addressed to us, does it come from a
/// page that may talk to us, does it carry a key, is there room.
/// </summary>
internal sealed partial class HttpGate(
    AllowedNames names, AccessKeys keys, ServeOptions serve, HttpLimits limits, LastAnswers lastAnswers, ILogger<HttpGate> logger) : IMiddleware, IDisposable
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
        var caller = isLink ? null : Identify(context.Request);
        if (!isLink && caller is null)
        {
            await RefuseStrangerAsync(context);
            return;
        }

        if (caller is not null)
            context.Features.Set(caller);

        // A stopping host waits a little for answers that are on their way, and not for streams that never end.
        using var aborted = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lastAnswers.Over);
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

    private Caller? Identify(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        var authorization = request.Headers.Authorization.ToString();
        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || keys.Find(authorization[Scheme.Length..].Trim()) is not { } id)
            return null;

        var toolsets = Asked(request, "toolsets", "X-Miosa-Toolsets")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return new Caller
        {
            Principal = $"key:{id}",
            Transport = Caller.Http,
            Kind = CallerKind.User,
            KeyId = id,
            Scopes = [Scopes.All],
            Workspace = Asked(request, "workspace", "X-Miosa-Workspace"),
            Agent = Asked(request, "agent", "X-Miosa-Agent"),
            Toolsets = toolsets is { Length: > 0 } ? toolsets : serve.Toolsets,
            ReadOnly = serve.ReadOnly || Asked(request, "read_only", "X-Miosa-Read-Only") is "" or "1" or "true",
        };
    }

    private static string? Asked(HttpRequest request, string parameter, string header) =>
        request.Query.TryGetValue(parameter, out var value) ? value.ToString()
        : request.Headers.TryGetValue(header, out value) ? value.ToString()
        : null;

    private async Task RefuseStrangerAsync(HttpContext context)
    {
        LogStranger(context.Connection.RemoteIpAddress, context.Request.Path);
        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"miosa\"";
        await HttpRefusal.WriteAsync(
            context,
            StatusCodes.Status401Unauthorized,
            context.Request.Headers.ContainsKey(HeaderNames.Authorization) ? "This key opens nothing here." : "This server wants a key.",
            keys.Any
                ? $"Send `Authorization: Bearer {AccessKeys.Prefix}…` with the key that `miosa serve` printed at its first start. Lost it? `miosa serve --new-key` makes another."
                : "There is no key yet. `miosa serve --new-key` makes one and prints it.");
    }

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
