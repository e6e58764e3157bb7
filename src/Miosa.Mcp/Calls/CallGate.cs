using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Calls;

/// <summary>Lets a call pass, has a person asked about it, or refuses it.</summary>
internal sealed partial class CallGate(ApprovalService approvals, GrantStore grants, SpendStore spends, CallReceipts receipts, CapabilityCatalog catalog, TimeProvider time, ILogger<CallGate> logger)
{
    private const int MostRemembered = 10_000;
    private const string NextStep = "Connect without read-only to change things, or ask the person in charge.";

    private readonly ConcurrentDictionary<(string Workspace, string? Agent), (PolicyInForce Policy, DateTimeOffset Until)> _proposed = new();

    public async Task<Passage> EnterAsync(Call call, PolicyInForce policy, CancellationToken cancellationToken)
    {
        var question = new Question
        {
            Capability = call.Capability,
            Marks = call.Marks,
            InScope = Scopes.Allows(call.Caller, call.Capability),
            ReadOnly = call.Caller.ReadOnly,
            Authorities = policy.Authorities,
            DefaultMode = policy.DefaultMode,
            SpentUsd = call.Marks.HasFlag(Marks.Spend) ? await spends.SpentAsync(call.Caller.WorkspaceName, cancellationToken) : 0,
        };
        if (policy.Looser.Count > 0 && call.Capability.IsMutation)
            await ProposeAsync(call, policy, cancellationToken);
        switch (CallPolicy.Decide(question))
        {
            case Decision.Deny(var reasons):
                throw await RefusedAsync(call, policy, reasons);
            case Decision.Ask(var reasons):
                // The approval of this call is used up first: left over, it would outlive a grant that was revoked.
                var passage = await ByApprovalAsync(call, policy, question, cancellationToken)
                    ?? await ByGrantAsync(call, policy, question, cancellationToken)
                    ?? throw await AskedAsync(call, policy, reasons, cancellationToken);
                return passage;
            default:
                return await PassAsync(new Passage { Call = call, CallHash = call.Hash, PolicyVersion = policy.Fingerprint }, policy, cancellationToken);
        }
    }

    /// <summary>The call is known to have changed nothing. Best effort: money that stays set aside is not spent either.</summary>
    public async Task LeaveUnusedAsync(Passage passage)
    {
        if (!passage.Spends)
            return;
        try
        {
            await spends.ReleaseAsync(passage.Call.Id);
        }
        catch (StorageException exception)
        {
            LogNotReleased(exception, passage.Call.Tool, passage.Call.Id);
        }
    }

    private async Task<Passage?> ByGrantAsync(Call call, PolicyInForce policy, Question question, CancellationToken cancellationToken)
    {
        CallFacts? facts = null;
        foreach (var grant in await grants.LivingAsync(call.Caller.WorkspaceName, call.Capability.Name, cancellationToken))
        {
            if (!grant.Covers(call, time.GetUtcNow()) || CallPolicy.Decide(question with { Grant = grant }) is not Decision.Allow(var reasons, { }))
                continue;
            if (grant.Files is not null && Binding.Of(call, policy.Fingerprint, facts ??= await approvals.InspectAsync(call, cancellationToken)).Files is var files && (files ?? Grant.NoFiles) != grant.Files)
                continue;
            var passage = await PassAsync(
                new Passage { Call = call, CallHash = call.Hash, PolicyVersion = policy.Fingerprint, Reasons = reasons, GrantId = grant.Id, ApprovedAt = grant.CreatedAt }, policy, cancellationToken);
            if (await TakeAsync(passage, () => grants.UseAsync(grant.Id, CancellationToken.None)))
                return passage;
        }
        return null;
    }

    /// <summary>Takes what the passage stands on. Where that is not to be had, what was set aside for it is given back.</summary>
    private async Task<bool> TakeAsync(Passage passage, Func<Task<bool>> take)
    {
        var isTaken = false;
        try
        {
            return isTaken = await take();
        }
        finally
        {
            if (!isTaken)
                await LeaveUnusedAsync(passage);
        }
    }

    private async Task<Passage?> ByApprovalAsync(Call call, PolicyInForce policy, Question question, CancellationToken cancellationToken)
    {
        if (await approvals.FindAsync(call, cancellationToken) is not { } row)
            return null;
        switch (row.State)
        {
            case ApprovalState.Denied:
                throw ApprovalFailures.Denied(row);
            case ApprovalState.RevisionRequested:
                throw ApprovalFailures.Revise(row);
            case not ApprovalState.Approved:
                return null;
        }
        var approved = WithEdits(call, row);
        // All of it is looked at again: what was approved is what is done, or nothing is.
        var present = Binding.Of(approved, policy.Fingerprint, await approvals.InspectAsync(approved, cancellationToken));
        if ((row.EditedBinding ?? row.Binding).Difference(present) is var (code, what))
        {
            await approvals.VoidAsync(row, code);
            await receipts.RefusedAsync(approved, policy.Fingerprint, [$"It was approved, but {what}."], row.Id, row.DecidedAt, ToolErrors.Word(code));
            throw ApprovalFailures.Mismatch(row, code, what);
        }
        switch (CallPolicy.Decide(question with { Marks = approved.Marks, IsApproved = true }))
        {
            case Decision.Allow(var reasons, _):
                var passage = await PassAsync(
                    new Passage
                    {
                        Call = approved,
                        CallHash = present.CallHash,
                        PolicyVersion = policy.Fingerprint,
                        Reasons = reasons,
                        ApprovalId = row.Id,
                        ApprovedAt = row.DecidedAt,
                        IsEdited = row.EditedBinding is not null,
                    },
                    policy, cancellationToken);
                // Otherwise another call was quicker, or its time was over a moment ago.
                return await TakeAsync(passage, () => approvals.ConsumeAsync(row, call, CancellationToken.None)) ? passage : null;
            case Decision.Deny(var reasons):
                throw await RefusedAsync(approved, policy, reasons);
            default:
                return null;
        }
    }

    private Call WithEdits(Call call, ApprovalRow row)
    {
        if (row.EditedArguments is null)
            return call;
        var arguments = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(row.EditedArguments)!;
        return call.WithArguments(arguments, catalog.Find(call.Capability.Name)?.MarksOf(arguments) ?? call.Marks);
    }

    private async Task<Exception> AskedAsync(Call call, PolicyInForce policy, IReadOnlyList<string> reasons, CancellationToken cancellationToken)
    {
        var (row, isNew) = await approvals.AskAsync(call, policy.Fingerprint, reasons, await approvals.InspectAsync(call, cancellationToken), cancellationToken);
        if (isNew)
            await receipts.AskedAsync(call, policy.Fingerprint, row, reasons);
        return ApprovalFailures.Pending(row);
    }

    private async Task<Exception> RefusedAsync(Call call, PolicyInForce policy, IReadOnlyList<string> reasons)
    {
        await receipts.RefusedAsync(call, policy.Fingerprint, reasons, approvalId: null, approvedAt: null, ToolErrors.Word(ToolErrorCode.Denied));
        return new ToolFailureException(ToolErrorCode.Denied, string.Join(' ', reasons), NextStep);
    }

    /// <summary>What it costs is set aside first, so that calls at the same time do not share one rest of a budget.</summary>
    private async Task<Passage> PassAsync(Passage passage, PolicyInForce policy, CancellationToken cancellationToken)
    {
        if (!passage.Call.Marks.HasFlag(Marks.Spend))
            return passage;
        var cost = passage.Call.Capability.CostUsd;
        var budgets = policy.Authorities.Select(authority => authority.Budget).Where(budget => budget is { IsUnlimited: false }).Select(budget => budget!.MonthlyUsd ?? 0).ToList();
        return await spends.ReserveAsync(passage.Call, double.IsFinite(cost) ? (decimal)cost : 0, budgets.Count is 0 ? null : budgets.Min(), cancellationToken)
            ? passage with { Spends = true }
            : throw await RefusedAsync(passage.Call, policy, ["It costs more than is left of this month's budget."]);
    }

    /// <summary>Best effort: what is in force is the stricter of both, whether or not somebody is asked. Who was asked and said nothing is asked again.</summary>
    private async Task ProposeAsync(Call call, PolicyInForce policy, CancellationToken cancellationToken)
    {
        if (_proposed.TryGetValue((call.Caller.WorkspaceName, call.Caller.Agent), out var last) && ReferenceEquals(last.Policy, policy) && time.GetUtcNow() < last.Until)
            return;
        try
        {
            var row = await approvals.AskAsync(call.Caller, policy.Folder!, policy.Looser, cancellationToken);
            if (_proposed.Count > MostRemembered)
                _proposed.Clear();
            _proposed[(call.Caller.WorkspaceName, call.Caller.Agent)] = (policy, row.ExpiresAt);
        }
        catch (ToolFailureException exception)
        {
            LogNotProposed(exception, call.Caller.WorkspaceName);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Nobody could be asked about the changed policy of workspace {Workspace}")]
    private partial void LogNotProposed(Exception exception, string workspace);

    [LoggerMessage(LogLevel.Warning, "What {Tool} {CallId} would have cost stays set aside until the month ends")]
    private partial void LogNotReleased(Exception exception, string tool, string callId);
}
