using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Approvals;

/// <summary>
/// The rules of requests: one for one exact call, answered by somebody else than who asked, used once. Whoever decides
/// whether a call may be made asks here for a person's word; nothing here lets a call pass by itself.
/// </summary>
internal sealed partial class ApprovalService(
    ApprovalStore store, ApprovalNews news, ApprovalSignal signal, IEnumerable<ICallInspector> inspectors, IOptions<ApprovalOptions> options, TimeProvider time, ILogger<ApprovalService> logger)
{
    /// <summary>What nobody reads nobody approves, and what waits is stored.</summary>
    private const int LongestArguments = 256 * 1024;

    private readonly List<ICallInspector> _inspectors = [.. inspectors];

    /// <summary>What a person said to this exact call, as far as it holds; null where nobody was asked yet.</summary>
    public async Task<ApprovalRow?> FindAsync(Call call, CancellationToken cancellationToken) =>
        await store.LatestAsync(call.Caller.WorkspaceName, Binding.Identity(call), cancellationToken);

    /// <summary>Looks at the place where the call would act.</summary>
    public async Task<CallFacts?> InspectAsync(Call call, CancellationToken cancellationToken)
    {
        foreach (var inspector in _inspectors)
        {
            if (await inspector.InspectAsync(call, cancellationToken) is { } facts)
                return facts with { Preview = [.. facts.Preview.Select(PlainText.Line)] };
        }
        return null;
    }

    /// <summary>The request for this call: a new one, or the one that waits already.</summary>
    public async Task<(ApprovalRow Row, bool IsNew)> AskAsync(Call call, string policy, IReadOnlyList<string> reasons, CallFacts? facts, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var arguments = JsonSerializer.Serialize(call.Arguments, Wire.Options);
        if (arguments.Length > LongestArguments)
            throw ApprovalFailures.TooLarge(LongestArguments);
        var (row, added, voided) = await store.AddAsync(
            new ApprovalRow
            {
                Id = Ids.New("appr", time),
                Workspace = call.Caller.WorkspaceName,
                Identity = Binding.Identity(call),
                Principal = call.Caller.Principal,
                Agent = call.Caller.Agent,
                Client = call.Caller.ClientName,
                Transport = call.Caller.Transport,
                Tool = call.Tool,
                Capability = call.Capability.Name,
                Version = call.Capability.Version,
                Fingerprint = call.Fingerprint,
                Risk = JsonNamingPolicy.SnakeCaseLower.ConvertName(call.Capability.Risk.ToString()),
                Marks = MarkWords.Of(call.Marks),
                Device = call.Arguments.TryGetValue("sandbox_id", out var device) && device.ValueKind is JsonValueKind.String ? device.GetString() : null,
                Arguments = arguments,
                Binding = Binding.Of(call, policy, facts),
                Reasons = reasons,
                Facts = facts,
                CreatedAt = now,
                ExpiresAt = now + options.Value.Lifetime,
            },
            options.Value.MostPending, options.Value.MostPendingOfOne, cancellationToken);
        await TellAsync(row, added, voided);
        return (row, added);
    }

    /// <summary>Asks whether a contract may allow more than was accepted; once for each state of it.</summary>
    public async Task<ApprovalRow> AskAsync(Caller caller, Authority proposed, IReadOnlyList<string> changes, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var fingerprint = proposed.Fingerprint();
        var agent = caller.Agent ?? "";
        var hash = CanonicalJson.Hash(JsonSerializer.SerializeToElement(new { kind = "policy", workspace = caller.WorkspaceName, agent, fingerprint }));
        // Silence is asked again; a person's no holds as long as any other.
        if (await store.LatestAsync(caller.WorkspaceName, hash, cancellationToken) is { State: ApprovalState.Pending or ApprovalState.Denied or ApprovalState.RevisionRequested } held)
            return held;
        var (row, added, voided) = await store.AddAsync(
            new ApprovalRow
            {
                Id = Ids.New("appr", time),
                Workspace = caller.WorkspaceName,
                Kind = ApprovalKind.Policy,
                Identity = hash,
                Principal = caller.Principal,
                Agent = caller.Agent,
                Client = caller.ClientName,
                Transport = caller.Transport,
                Tool = "workspace_policy",
                Capability = "workspace.policy",
                Version = 1,
                Fingerprint = fingerprint,
                Risk = "write",
                Marks = "",
                Arguments = JsonSerializer.Serialize(proposed, Wire.Options),
                Binding = new Binding { Request = hash, Policy = fingerprint, CallHash = hash },
                Reasons = ["The workspace's files would now allow more than a person accepted. Until somebody accepts it the stricter of both is in force."],
                Facts = new CallFacts { Preview = [.. changes.Select(PlainText.Line)] },
                CreatedAt = now,
                ExpiresAt = now + options.Value.Lifetime,
            },
            options.Value.MostPending, options.Value.MostPendingOfOne, cancellationToken);
        await TellAsync(row, added, voided);
        return row;
    }

    private async Task TellAsync(ApprovalRow row, bool added, ApprovalRow? voided)
    {
        if (voided?.Binding.Difference(row.Binding) is var (code, _))
            await news.VoidedAsync(voided, ToolErrors.Word(code));
        if (added)
            await news.RequiredAsync(row);
    }

    /// <summary>Takes the approval for this call. Of two who try at once one has it.</summary>
    public Task<bool> ConsumeAsync(ApprovalRow row, Call call, CancellationToken cancellationToken) => store.ConsumeAsync(row.Id, call.Id, cancellationToken);

    /// <summary>What was approved is no longer what would be done.</summary>
    public async Task VoidAsync(ApprovalRow row, ToolErrorCode code)
    {
        await store.VoidAsync(row.Id, CancellationToken.None);
        await news.VoidedAsync(row with { State = ApprovalState.Voided }, ToolErrors.Word(code));
    }

    public Task StartedAsync(string id) => store.StartedAsync(id, CancellationToken.None);

    public Task EndedAsync(string id, string outcome) => store.EndedAsync(id, outcome, CancellationToken.None);

    /// <summary>A request of the caller's workspace.</summary>
    public async Task<ApprovalRow> GetAsync(string? workspace, string id, CancellationToken cancellationToken)
    {
        var row = await store.FindAsync(id, cancellationToken);
        return row is not null && (workspace is null || row.Workspace == workspace) ? row.At(time.GetUtcNow()) : throw ApprovalFailures.Unknown(id);
    }

    /// <summary>The same, waiting for an answer where there is none yet.</summary>
    public async Task<ApprovalRow> WaitAsync(string? workspace, string id, TimeSpan wait, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var changed = signal.Next;
            var row = await GetAsync(workspace, id, cancellationToken);
            var left = wait - time.GetElapsedTime(started);
            if (row.State is not ApprovalState.Pending || left <= TimeSpan.Zero)
                return row;
            // Its time may be over before anybody does anything.
            var untilExpiry = row.ExpiresAt - time.GetUtcNow();
            try
            {
                // Time went on since the look; what is over already is waited for no more.
                await changed.WaitAsync(untilExpiry <= TimeSpan.Zero ? TimeSpan.Zero : untilExpiry < left ? untilExpiry : left, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                // Looked at once more: it expired, or the wait is over.
            }
        }
    }

    public async Task<IReadOnlyList<ApprovalRow>> ListAsync(string? workspace, ApprovalState? state, string? before, int limit, CancellationToken cancellationToken) =>
        [.. (await store.ListAsync(workspace, state, before, limit, cancellationToken)).Select(row => row.At(time.GetUtcNow()))];

    /// <summary>What an earlier host left in the middle: told apart, and never done again.</summary>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        foreach (var row in await store.CloseLeftAsync(cancellationToken))
        {
            LogLeft(row.Id, row.Capability, row.Outcome!);
            await news.LeftAsync(row);
        }
    }

    /// <summary>Says of those whose time is over that it is.</summary>
    public async Task ExpireAsync(CancellationToken cancellationToken)
    {
        foreach (var row in await store.ExpireAsync(100, cancellationToken))
            await news.ExpiredAsync(row);
    }

    public Task PruneAsync(CancellationToken cancellationToken) => store.PruneAsync(options.Value.Kept, cancellationToken);

    [LoggerMessage(LogLevel.Warning, "Approval {Id} of {Capability} was consumed by a host that ended: {Outcome}")]
    private partial void LogLeft(string id, string capability, string outcome);
}
