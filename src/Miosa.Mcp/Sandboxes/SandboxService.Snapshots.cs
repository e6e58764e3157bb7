using Miosa.Devices;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;

namespace Miosa.Mcp.Sandboxes;

/// <summary>What snapshots need of a sandbox: to be kept at one instant, to be put back, and to be copied.</summary>
internal sealed partial class SandboxService
{
    /// <summary>
    /// Told, with the source first, before a fork runs for the first time, so that what belongs to a sandbox and does
    /// not lie in its files can be given to it. Told again where the host ended before the fork was ready.
    /// </summary>
    public event Func<SandboxRow, SandboxRow, Task>? Forked;

    /// <summary>Keeps the sandbox's files as they are at this instant.</summary>
    public async Task KeepAsync(string id, string snapshotId, CancellationToken cancellationToken)
    {
        using var gate = await EnterGateAsync(id, cancellationToken);
        await FindWithFilesAsync(id, cancellationToken);
        await engine.SnapshotAsync(id, snapshotId, CancellationToken.None);
    }

    /// <summary>
    /// Gives the sandbox the files of a snapshot and keeps those it had. Its processes end, at the instant that is kept:
    /// what they would write while they end is not wanted. It is started again if it ran.
    /// </summary>
    public async Task<SandboxRow> RestoreAsync(string id, PendingRestore restore, CancellationToken cancellationToken)
    {
        using var gate = await EnterGateAsync(id, cancellationToken);
        var row = await FindWithFilesAsync(id, cancellationToken);
        // What it is to have is copied while what it has is kept: both are in one step of the disk.
        await using var prepared = await engine.PrepareRestoreAsync(row.Spec, restore.SnapshotId, CancellationToken.None);
        await engine.SnapshotAsync(id, restore.KeptId, CancellationToken.None);
        // From here on it is brought to its end, by the next host if need be.
        row = row with { Restoring = restore };
        await store.UpdateAsync(row, CancellationToken.None);
        var ran = AsItIs(row).State is SandboxState.Running;
        try
        {
            row = await FinishRestoreAsync(row, prepared);
        }
        finally
        {
            if (ran)
                row = await StartAgainAsync(row with { Restoring = null });
            else
                Ended?.Invoke(row);
        }
        return AsItIs(row);
    }

    /// <summary>Makes a new sandbox of a snapshot, as large and as isolated as the one that the snapshot is of.</summary>
    public async Task<SandboxRow> ForkAsync(Caller caller, SandboxRequest request, DeviceSize size, Isolation isolation, CancellationToken cancellationToken)
    {
        var row = SandboxRequests.ToRow(caller, request, time) with { Size = size, Isolation = isolation };
        var (stored, created) = await store.GetOrAddAsync(row, options.Value.Most, cancellationToken);
        if (!created)
            throw SandboxFailures.NameTaken(stored);
        await AppendAsync("sandbox.created", stored, cancellationToken);
        return await MakeReadyAsync(stored, cancellationToken);
    }

    /// <summary>Living sandboxes that cannot come to be without the snapshot.</summary>
    public async Task<IReadOnlyList<string>> FindInNeedOfAsync(string snapshotId, CancellationToken cancellationToken) =>
        [.. (await store.LivingAsync(cancellationToken))
            .Where(row => row.Restoring?.SnapshotId == snapshotId || (row.Started is null && row.Request.SnapshotId == snapshotId))
            .Select(row => row.Id)];

    /// <summary>What it takes of the disk; null where that is not known.</summary>
    public async Task<long?> MeasureAsync(SandboxRow row, CancellationToken cancellationToken)
    {
        if (row.State is SandboxState.Destroyed || row.Started is null)
            return null;
        try
        {
            return (await engine.MeasureAsync(row.Id, cancellationToken))?.OwnBytes;
        }
        catch (EngineException)
        {
            // A machine that cannot hold sandboxes now: whoever uses the sandbox is told.
            return null;
        }
    }

    /// <summary>The sandbox, if there is one that the caller may know of.</summary>
    public async Task<SandboxRow?> FindAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        await store.FindAsync(id, cancellationToken) is { } row && row.Workspace == caller.WorkspaceName ? AsItIs(row) : null;

    /// <summary>Whether its files are on this machine.</summary>
    public async Task<bool> HasFilesAsync(string id, CancellationToken cancellationToken)
    {
        await engine.OpenAsync(cancellationToken);
        return engine.HasDevice(id);
    }

    /// <summary>Whether any sandbox was ever made here.</summary>
    public Task<bool> HasHistoryAsync(CancellationToken cancellationToken) => store.AnyAsync(cancellationToken);

    private async Task<SandboxRow> FindWithFilesAsync(string id, CancellationToken cancellationToken) => await store.FindAsync(id, cancellationToken) switch
    {
        { State: SandboxState.Destroyed } destroyed => throw SandboxFailures.Destroyed(destroyed),
        { Started: null } unmade => throw SandboxFailures.NotReady(unmade, await templates.DoingAsync(unmade.Workspace, unmade.TemplateId, cancellationToken) ?? "its machine is being made"),
        var row => row!,
    };

    private async Task<SandboxRow> FinishRestoreAsync(SandboxRow row, PreparedRestore? prepared = null)
    {
        await engine.StopAsync(row.Id, TimeSpan.Zero);
        Thawed(row.Id);
        var after = row with { Restoring = null, State = row.State is SandboxState.Running ? SandboxState.Running : SandboxState.Paused, Reason = null };
        try
        {
            await engine.RestoreAsync(row.Spec, row.Restoring!.SnapshotId, prepared, CancellationToken.None);
        }
        catch (EngineException)
        {
            // It has what it had.
            await store.UpdateAsync(after, CancellationToken.None);
            throw;
        }
        await store.UpdateAsync(after, CancellationToken.None);
        await journal.AppendAsync(
            new JournalEvent("sandbox.snapshot.restored")
            {
                Workspace = row.Workspace,
                Device = row.Id,
                Principal = row.Principal,
                Data = new { sandbox_id = row.Id, snapshot_id = row.Restoring.SnapshotId, replaced_snapshot_id = row.Restoring.KeptId },
            },
            CancellationToken.None);
        return after;
    }

    private async Task<SandboxRow> StartAgainAsync(SandboxRow row)
    {
        var running = row with { Started = await engine.StartAsync(row.Spec, CancellationToken.None) };
        await store.UpdateAsync(running, CancellationToken.None);
        Started?.Invoke(running);
        return running;
    }

    private async Task MakeForkAsync(SandboxRow row, bool isNew)
    {
        var snapshotId = row.Request.SnapshotId!;
        if (!isNew)
            return;
        await engine.OpenAsync(CancellationToken.None);
        if (!engine.HasSnapshot(snapshotId))
            throw new EngineException($"The snapshot {snapshotId} that it was to be a copy of is gone.", "Destroy it and fork another snapshot; sandbox_snapshot_list shows them.");
        await engine.CreateFromSnapshotAsync(row.Spec, snapshotId, CancellationToken.None);
        if (Forked is not { } forked || row.Request.SourceId is not { } sourceId || await store.FindAsync(sourceId, CancellationToken.None) is not { } source)
            return;
        foreach (var copy in forked.GetInvocationList().Cast<Func<SandboxRow, SandboxRow, Task>>())
            await copy(source, row);
    }
}
