using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Approvals;

/// <summary>Where a person's key answers over HTTP. It takes the scope `approvals:decide`, which no other scope contains and no token or agent can use.</summary>
internal static class ApprovalEndpoints
{
    private const int MostBytes = 256 * 1024;
    private const int PageSize = 50;

    public static void MapApprovals(this IEndpointRouteBuilder endpoints)
    {
        // The second are the names that clients of MIOSA know.
        foreach (var at in (string[])["/v1", "/actions"])
        {
            endpoints.MapGet($"{at}/approvals", static http => AnswerAsync(http, ListAsync));
            endpoints.MapGet($"{at}/approvals/{{id}}", static http => AnswerAsync(http, ShowAsync));
            endpoints.MapPost($"{at}/approvals/{{id}}/approve", static http => AnswerAsync(http, ApproveAsync));
            endpoints.MapPost($"{at}/approvals/{{id}}/deny", static http => AnswerAsync(http, DenyAsync));
            endpoints.MapPost($"{at}/approvals/{{id}}/revise", static http => AnswerAsync(http, ReviseAsync));
            endpoints.MapGet($"{at}/grants", static http => AnswerAsync(http, GrantsAsync));
            endpoints.MapPost($"{at}/grants", static http => AnswerAsync(http, GrantAsync));
            endpoints.MapDelete($"{at}/grants/{{id}}", static http => AnswerAsync(http, RevokeAsync));
        }
        endpoints.MapGet("/actions/catalog", static http => AnswerAsync(http, CatalogAsync));
    }

    private static async Task<object> ListAsync(HttpContext http, Decider decider)
    {
        var state = Asked(http, "status") ?? Asked(http, "state");
        var rows = await Approvals(http).ListAsync(decider.Workspace, state is null ? null : ApprovalControl.ParseState(state), Asked(http, "before"), PageSize + 1, http.RequestAborted);
        return new { data = rows.Take(PageSize).Select(row => View(http, row, isWhole: false)), next_cursor = rows.Count > PageSize ? rows[PageSize - 1].Id : null };
    }

    private static async Task<object> ShowAsync(HttpContext http, Decider decider) =>
        new { data = View(http, await Approvals(http).GetAsync(decider.Workspace, Id(http), http.RequestAborted), isWhole: true) };

    private static Task<object> ApproveAsync(HttpContext http, Decider decider) => DecideAsync(http, decider, "approve");

    private static Task<object> DenyAsync(HttpContext http, Decider decider) => DecideAsync(http, decider, "deny");

    private static Task<object> ReviseAsync(HttpContext http, Decider decider) => DecideAsync(http, decider, "revise");

    private static async Task<object> DecideAsync(HttpContext http, Decider decider, string word)
    {
        var decision = await ReadAsync<ApprovalsDecision>(http, new ApprovalsDecision());
        var row = await Desk(http).DecideAsync(decider, Id(http), (decision with { Decision = word }).ToAnswer(), http.RequestAborted);
        return new { data = View(http, row, isWhole: true) };
    }

    private static async Task<object> GrantsAsync(HttpContext http, Decider decider)
    {
        var grants = await Desk(http).GrantsAsync(decider.Workspace, Asked(http, "before"), PageSize + 1, http.RequestAborted);
        var now = http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        return new { data = grants.Take(PageSize).Select(grant => GrantView.From(grant, now)), next_cursor = grants.Count > PageSize ? grants[PageSize - 1].Id : null };
    }

    private static async Task<object> GrantAsync(HttpContext http, Decider decider)
    {
        var wanted = await ReadAsync<GrantRequest>(http, ifEmpty: null);
        var now = http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        var grant = await Desk(http).GrantAsync(
            decider,
            new Grant
            {
                Id = "",
                Workspace = decider.Workspace!,
                Capability = wanted.Capability,
                Fingerprint = "",
                Principal = wanted.Principal,
                Agent = wanted.Agent,
                Constraints = wanted.Constraints ?? new Dictionary<string, JsonElement>(),
                AllowsOthers = wanted.AllowsOtherArguments,
                Until = now + TimeSpan.FromSeconds(Math.Clamp(wanted.ExpiresInSeconds, 0, 400_000_000)),
                UsesLeft = wanted.Uses,
                CreatedBy = decider.Principal,
                CreatedAt = now,
                Note = wanted.Note,
            },
            http.RequestAborted);
        http.Response.StatusCode = StatusCodes.Status201Created;
        return new { data = GrantView.From(grant, now) };
    }

    private static async Task<object> RevokeAsync(HttpContext http, Decider decider) =>
        new { data = GrantView.From(await Desk(http).RevokeAsync(decider, Id(http), http.RequestAborted), http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow()) };

    /// <summary>For whoever has a key: what its caller may know of.</summary>
    private static async Task<object> CatalogAsync(HttpContext http)
    {
        var caller = http.Features.GetRequiredFeature<Caller>();
        var policy = await http.RequestServices.GetRequiredService<PolicyKeeper>().ForAsync(caller, http.RequestAborted);
        return new { data = http.RequestServices.GetRequiredService<CapabilityCatalog>().Visible(caller, policy).Select(capability => CapabilityEntry.From(capability, CapabilityCatalog.Usually(capability, caller, policy))) };
    }

    private static Task AnswerAsync(HttpContext http, Func<HttpContext, Decider, Task<object>> work) => AnswerAsync(http, _ =>
    {
        var caller = http.Features.GetRequiredFeature<Caller>();
        if (!caller.May(Scopes.DecideApprovals) || caller.ReadOnly && !HttpMethods.IsGet(http.Request.Method))
            throw new ToolFailureException(ToolErrorCode.Denied, "This key may not answer.", $"It takes a person's own key with the scope {Scopes.DecideApprovals}, without an agent; or `miosa approvals` at the host's terminal.");
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MostBytes;
        return work(http, new Decider(caller.Principal, Decider.Http, caller.WorkspaceName));
    });

    private static async Task AnswerAsync(HttpContext http, Func<HttpContext, Task<object>> work)
    {
        try
        {
            await WriteAsync(http, await work(http));
        }
        catch (ToolFailureException failure)
        {
            await FailAsync(http, Status(failure.Code), ToolErrors.Word(failure.Code), failure.Message, failure.IsRetryable, failure.NextStep);
        }
        catch (StorageException failure)
        {
            await FailAsync(http, StatusCodes.Status503ServiceUnavailable, ToolErrors.Word(ToolErrorCode.StorageUnavailable), failure.Message, failure.IsRetryable, failure.Remedy);
        }
        catch (BadHttpRequestException failure)
        {
            await FailAsync(http, failure.StatusCode, ToolErrors.Word(ToolErrorCode.InvalidInput), $"The body may have {MostBytes} bytes.", isRetryable: false, "Send less.");
        }
        catch (JsonException)
        {
            // Not its message: that shows what was sent.
            await FailAsync(http, StatusCodes.Status400BadRequest, ToolErrors.Word(ToolErrorCode.InvalidInput), "The body is not the JSON object that this takes.", isRetryable: false, "Mend it and send it again; nothing was decided.");
        }
    }

    private static int Status(ToolErrorCode code) => code switch
    {
        ToolErrorCode.InvalidInput => StatusCodes.Status400BadRequest,
        ToolErrorCode.Denied => StatusCodes.Status403Forbidden,
        ToolErrorCode.NotFound => StatusCodes.Status404NotFound,
        ToolErrorCode.Conflict => StatusCodes.Status409Conflict,
        ToolErrorCode.LimitExceeded => StatusCodes.Status429TooManyRequests,
        _ => StatusCodes.Status503ServiceUnavailable,
    };

    private static async Task<T> ReadAsync<T>(HttpContext http, T? ifEmpty)
        where T : class
    {
        using var body = new StreamReader(http.Request.Body);
        var text = await body.ReadToEndAsync(http.RequestAborted);
        return text.Length is 0 && ifEmpty is not null ? ifEmpty : JsonSerializer.Deserialize<T>(text, Wire.Options) ?? throw new JsonException();
    }

    private static Task FailAsync(HttpContext http, int status, string code, string message, bool isRetryable, string hint)
    {
        http.Response.StatusCode = status;
        return WriteAsync(http, new { ok = false, error = new { code, message, retryable = isRetryable, hint } });
    }

    private static Task WriteAsync(HttpContext http, object answer)
    {
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.WriteAsync(JsonSerializer.Serialize(answer, answer.GetType(), Wire.Options), http.RequestAborted);
    }

    private static object View(HttpContext http, ApprovalRow row, bool isWhole) =>
        http.Request.Path.StartsWithSegments("/actions", StringComparison.Ordinal)
            ? new
            {
                row.Id,
                CapabilityName = row.Capability,
                CapabilityFingerprint = row.Fingerprint,
                RequestFingerprint = row.Binding.CallHash,
                PrincipalType = row.Agent is null ? row.Principal.Split(':')[0] : "agent",
                PrincipalId = row.Agent ?? row.Principal,
                Status = row.State,
                WorkspaceId = row.Workspace,
                row.ExpiresAt,
                ResolvedAt = row.DecidedAt,
                row.ConsumedAt,
                InsertedAt = row.CreatedAt,
                Details = isWhole ? ApprovalDetails.From(row, isWhole) : null,
            }
            : ApprovalDetails.From(row, isWhole);

    private static string? Asked(HttpContext http, string name) => http.Request.Query[name] is [{ Length: > 0 } value] ? value : null;

    private static string Id(HttpContext http) => (string)http.Request.RouteValues["id"]!;

    private static ApprovalService Approvals(HttpContext http) => http.RequestServices.GetRequiredService<ApprovalService>();

    private static ApprovalDesk Desk(HttpContext http) => http.RequestServices.GetRequiredService<ApprovalDesk>();
}
