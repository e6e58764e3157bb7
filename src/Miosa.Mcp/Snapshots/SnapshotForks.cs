using Miosa.Devices;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Snapshots;

/// <summary>
/// New sandboxes that begin as copies of one instant. A fork gets files and nothing else: whatever of its source could
/// be used as its source is named by id or lies beside the files, and stays there.
/// </summary>
internal sealed class SnapshotForks(SnapshotService snapshots, SnapshotRetention retention, SandboxService sandboxes, LocalEngine engine, Journal journal)
{
    public async Task<SandboxesForked> ForkAsync(Caller caller, ForkRequest request, CancellationToken cancellationToken)
    {
        if (request.Names.Count > request.Count)
            throw new ToolFailureException(ToolErrorCode.InvalidInput, $"`names` holds {request.Names.Count} names for {request.Count} forks.", "Give at most as many names as `count` says.");
        var snapshot = await SourceAsync(caller, request, cancellationToken);
        // Better none than some that are broken.
        await engine.RequireRoomAsync(cancellationToken);
        using var reading = await snapshots.ReadAsync(snapshot.Id);
        // What is too many by now goes meanwhile; this one is in use and stays.
        var pruning = retention.PruneAsync(snapshot.SandboxId, cancellationToken);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, request.Count).Select(i => TryForkAsync(caller, snapshot, request, request.Names.ElementAtOrDefault(i), cancellationToken)));
        var forks = outcomes.Select(outcome => outcome.Fork).OfType<SandboxRow>().ToList();
        if (forks.Count is 0)
            throw SnapshotFailures.NoneForked(request.Count, outcomes[0].Failure!);
        foreach (var fork in forks)
            await AppendAsync(caller, snapshot, fork);
        await pruning;
        var source = await sandboxes.FindAsync(caller, snapshot.SandboxId, cancellationToken);
        return new SandboxesForked
        {
            SnapshotId = snapshot.Id,
            NextStep = Next(forks),
            Forks = [.. forks.Select(fork => new Fork(fork.Id, fork.Name, fork.State, fork.Reason))],
            Failed = [.. outcomes.Where(outcome => outcome.Failure is not null)
                .Select(outcome => new ForkFailure(outcome.Name, ToolErrors.Word(outcome.Failure!.Code), outcome.Failure.Message, outcome.Failure.NextStep))],
            NotCarried = new NotCarried { Env = [.. (source?.Request.Env.Keys ?? []).Except(request.Env.Keys).Order(StringComparer.Ordinal)] },
            Notes = snapshots.Limitations,
        };
    }

    private async Task<SnapshotRow> SourceAsync(Caller caller, ForkRequest request, CancellationToken cancellationToken) => request switch
    {
        { SandboxId: null, SnapshotId: { } snapshotId } => await snapshots.GetReadyAsync(caller, snapshotId, cancellationToken),
        { SandboxId: { } sandboxId, SnapshotId: null } => await snapshots.KeepAsync(caller, await sandboxes.GetAsync(caller, sandboxId, cancellationToken), "for a fork", cancellationToken),
        _ => throw new ToolFailureException(ToolErrorCode.InvalidInput, "A fork has one source: `sandbox_id` or `snapshot_id`.", "Give sandbox_id to copy a sandbox as it is now, or snapshot_id."),
    };

    /// <summary>One fork, or why there is none: that one fails is no reason to take the others back.</summary>
    private async Task<(string? Name, SandboxRow? Fork, ToolFailureException? Failure)> TryForkAsync(
        Caller caller, SnapshotRow snapshot, ForkRequest request, string? name, CancellationToken cancellationToken)
    {
        try
        {
            var wish = new SandboxRequest
            {
                Name = name,
                TemplateId = snapshot.TemplateId,
                SnapshotId = snapshot.Id,
                SourceId = snapshot.OfSandbox,
                Size = snapshot.Size.Name,
                Isolation = snapshot.Isolation.ToString().ToLowerInvariant(),
                Env = request.Env,
                Metadata = request.Metadata,
                TimeoutSeconds = request.TimeoutSeconds,
                ExternalWorkspaceId = request.ExternalWorkspaceId,
                ExternalUserId = request.ExternalUserId,
                ExternalProjectId = request.ExternalProjectId,
            };
            return (name, await sandboxes.ForkAsync(caller, wish, snapshot.Size, snapshot.Isolation, cancellationToken), null);
        }
        catch (ToolFailureException failure)
        {
            return (name, null, failure);
        }
    }

    private static string Next(IReadOnlyList<SandboxRow> forks) => forks.All(fork => fork.State is SandboxState.Running)
        ? "Run commands in each with sandbox_exec and its sandbox_id."
        : "Those that are not running say why, or will be soon: sandbox_get tells.";

    private Task AppendAsync(Caller caller, SnapshotRow snapshot, SandboxRow fork) =>
        journal.AppendAsync(
            new JournalEvent("sandbox.forked")
            {
                Workspace = fork.Workspace,
                Device = fork.Id,
                Principal = caller.Principal,
                CallId = caller.CallId,
                Data = new { sandbox_id = fork.Id, name = fork.Name, source_sandbox_id = snapshot.OfSandbox, snapshot_id = snapshot.Id },
            },
            CancellationToken.None);
}
