using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;

namespace Miosa.Mcp.Transports.Access;

/// <summary>Where a key, or a token, makes tokens that may do less: for an agent, a job, a user of somebody's product.</summary>
internal static class TokenEndpoints
{
    private const int MostBytes = 16 * 1024;
    private const int PageSize = 100;

    public static void MapTokens(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/v1/tokens/scoped", static http => AnswerAsync(http, CreateAsync));
        endpoints.MapGet("/v1/tokens", static http => AnswerAsync(http, ListAsync));
        endpoints.MapDelete("/v1/tokens/{id}", static http => AnswerAsync(http, RevokeAsync));
    }

    private static async Task CreateAsync(HttpContext http, AccessKeys keys, Caller caller)
    {
        if (!caller.May(Scopes.CreateTokens))
            throw new ToolFailureException(ToolErrorCode.Denied, "This key may not make tokens.", $"It takes one with the scope {Scopes.CreateTokens}.");
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MostBytes;
        var request = await JsonSerializer.DeserializeAsync(http.Request.Body, AccessJson.Default.TokenRequest, http.RequestAborted)
            ?? throw new JsonException("The body must be one JSON object.");
        var made = await keys.DelegateAsync(caller.KeyId, caller, request, http.RequestAborted);
        await KeyEvents.CreatedAsync(http.RequestServices.GetRequiredService<Journal>(), KeyInfo.Of(made.Entry), caller.Principal);
        http.Response.StatusCode = StatusCodes.Status201Created;
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.WriteAsJsonAsync(
            new TokenMade
            {
                Token = made.Text,
                ExpiresAt = made.Entry.ExpiresAt!.Value,
                Scopes = made.Entry.Scopes,
                Id = made.Entry.Id,
                WorkspaceId = made.Entry.Workspaces[0],
                UserId = made.Entry.UserId,
                Agent = made.Entry.Agent,
                ReadOnly = made.Entry.ReadOnly,
            },
            AccessJson.Default.TokenMade,
            cancellationToken: http.RequestAborted);
    }

    private static Task ListAsync(HttpContext http, AccessKeys keys, Caller caller)
    {
        var now = http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        IEnumerable<KeyGrant> tokens = keys.List();
        if (http.Request.Query["after"] is [{ Length: > 0 } after])
            tokens = tokens.SkipWhile(grant => grant.Entry.Id != after).Skip(1);
        var page = tokens.Where(grant => grant.IsLive(now) && LooksAfter(keys, caller, grant)).Take(PageSize + 1).Select(grant => KeyInfo.Of(grant, now)).ToList();
        return http.Response.WriteAsJsonAsync(
            page.Count > PageSize ? new TokenPage(page[..PageSize], page[PageSize - 1].Id) : new TokenPage(page, null), AccessJson.Default.TokenPage, cancellationToken: http.RequestAborted);
    }

    private static async Task RevokeAsync(HttpContext http, AccessKeys keys, Caller caller)
    {
        var id = (string)http.Request.RouteValues["id"]!;

        // One that is not the caller's looks like one that is not there.
        if (keys.Find(id) is not { } grant || !LooksAfter(keys, caller, grant))
            throw new ToolFailureException(ToolErrorCode.NotFound, "You have no token in force with this id.", "GET /v1/tokens shows those you have.");
        await keys.RevokeAsync(id, CancellationToken.None);
        await KeyEvents.RevokedAsync(http.RequestServices.GetRequiredService<Journal>(), KeyInfo.Of(grant.Entry), caller.Principal);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>Whoever made a token looks after it and all that came of it, an admin after those of their workspaces, and each after itself.</summary>
    private static bool LooksAfter(AccessKeys keys, Caller caller, KeyGrant token)
    {
        if (token.Entry.Kind is not CallerKind.Delegated || keys.Find(caller.KeyId) is not { } own)
            return false;
        return token == own || token.ComesFrom(own)
            || (own.Entry is { Kind: CallerKind.Admin, Agent: null } && (own.Entry.Workspaces.Count is 0 || token.Entry.Workspaces.All(own.Entry.Workspaces.Contains)));
    }

    private static async Task AnswerAsync(HttpContext http, Func<HttpContext, AccessKeys, Caller, Task> work)
    {
        try
        {
            await work(http, http.RequestServices.GetRequiredService<AccessKeys>(), http.Features.GetRequiredFeature<Caller>());
        }
        catch (ToolFailureException failure)
        {
            var status = failure.Code switch
            {
                ToolErrorCode.InvalidInput => StatusCodes.Status400BadRequest,
                ToolErrorCode.Denied => StatusCodes.Status403Forbidden,
                ToolErrorCode.NotFound => StatusCodes.Status404NotFound,
                ToolErrorCode.Gone => StatusCodes.Status410Gone,
                ToolErrorCode.LimitExceeded => StatusCodes.Status429TooManyRequests,
                _ => StatusCodes.Status503ServiceUnavailable,
            };
            await FailAsync(http, status, new TokenError(ToolErrors.Word(failure.Code), failure.Message, failure.IsRetryable, failure.NextStep));
        }
        catch (BadHttpRequestException failure)
        {
            await FailAsync(http, failure.StatusCode, new TokenError(ToolErrors.Word(ToolErrorCode.InvalidInput), $"The body may have {MostBytes} bytes.", false, "Name fewer scopes."));
        }
        catch (JsonException)
        {
            // Not its message: that shows what was sent.
            await FailAsync(http, StatusCodes.Status400BadRequest, new TokenError(
                ToolErrors.Word(ToolErrorCode.InvalidInput), "The body must be one JSON object with scopes and, if wanted, user_id, workspace_id, expires_in_seconds, agent and read_only, and nothing else.", false, "Mend it and send it again; no token was made."));
        }
    }

    private static Task FailAsync(HttpContext http, int status, TokenError error)
    {
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(new TokenFailure(Ok: false, error), AccessJson.Default.TokenFailure, cancellationToken: http.RequestAborted);
    }
}
