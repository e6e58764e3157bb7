using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Devices;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Snapshots;

/// <summary>
/// The rules of snapshots. A row is stored before anything is made and goes after everything is gone, so that a host
/// that ends in between leaves what the next one can tell apart.
/// </summary>
internal sealed partial class SnapshotService(
    SandboxService sandboxes, SnapshotStore store, SnapshotUses uses, LocalEngine engine, Journal journal, IOptions<SnapshotOptions> options, TimeProvider time, ILogger<SnapshotService> logger)
{
    public async Task<SnapshotRow> CreateAsync(Caller caller, string sandboxId, string? name, string? comment, CancellationToken cancellationToken)
    {
        var sandbox = await sandboxes.GetAsync(caller, sandboxId, cancellationToken);
        return await TakeAsync(caller, NewRow(caller, sandbox, isAutomatic: false, comment) with { Name = name }, cancellationToken);
    }

    /// <summary>Keeps a sandbox's files for the host's own reasons; the snapshot goes when its time is up.</summary>
    public async Task<SnapshotRow> KeepAsync(Caller caller, SandboxRow sandbox, string why, CancellationToken cancellationToken)
    {
        var row = await TakeAsync(caller, NewRow(caller, sandbox, isAutomatic: true, why), cancellationToken);
        return row.State is SnapshotState.Ready ? row : throw SnapshotFailures.StillTaking(row.Id);
    }

    public async Task<SnapshotRow> GetAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        await store.FindAsync(id, cancellationToken) is { } row && row.Workspace == caller.WorkspaceName ? row : throw SnapshotFailures.Unknown(id);

    public async Task<SnapshotRow> GetReadyAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var row = await GetAsync(caller, id, cancellationToken);
        return row.State is SnapshotState.Ready ? row : throw SnapshotFailures.NotReady(row);
    }

    public Task<IReadOnlyList<SnapshotRow>> ListAsync(Caller caller, string? sandboxId, string? before, int limit, CancellationToken cancellationToken) =>
        store.ListAsync(caller.WorkspaceName, sandboxId, before, limit, cancellationToken);

    /// <summary>Gives a sandbox back what it had; what it has now is kept and can be given back the same way.</summary>
    public async Task<(SandboxRow Sandbox, SnapshotRow Kept)> RestoreAsync(Caller caller, string sandboxId, string snapshotId, CancellationToken cancellationToken)
    {
        var sandbox = await sandboxes.GetAsync(caller, sandboxId, cancellationToken);
        var snapshot = await GetReadyAsync(caller, snapshotId, cancellationToken);
        if (snapshot.SandboxId != sandbox.Id)
            throw SnapshotFailures.OfAnother(snapshot, sandbox.Id);
        var kept = NewRow(caller, sandbox, isAutomatic: true, $"before the restore of {snapshot.Id}");
        await AddAsync(kept, cancellationToken);
        var work = Task.Run(() => RestoreAsync(snapshot, kept), CancellationToken.None);
        return await WaitAsync(work, cancellationToken) ? await work : throw SnapshotFailures.StillRestoring(sandbox.Id);
    }

    /// <summary>Keeps it from being deleted until the answer is disposed; it may have been since it was looked up.</summary>
    public async Task<IDisposable> ReadAsync(string id)
    {
        var reading = uses.TryRead(id) ?? throw SnapshotFailures.InUse(id, []);
        if (await store.FindAsync(id, CancellationToken.None) is { State: SnapshotState.Ready })
            return reading;
        reading.Dispose();
        throw SnapshotFailures.Unknown(id);
    }

    /// <summary>What this machine does less well than it could, in words for a caller; empty where there is nothing.</summary>
    public IReadOnlyList<string> Limitations => engine.Limitations;

    public async Task DeleteAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        await RemoveAsync(await GetAsync(caller, id, cancellationToken), $"Asked for by {caller.Principal}.");

    /// <summary>Removes its files and then its row, unless something is being made from it.</summary>
    public async Task RemoveAsync(SnapshotRow row, string reason)
    {
        using var hold = uses.TryHold(row.Id) ?? throw SnapshotFailures.InUse(row.Id, []);
        if (await sandboxes.FindInNeedOfAsync(row.Id, CancellationToken.None) is { Count: > 0 } needing)
            throw SnapshotFailures.InUse(row.Id, needing);
        await store.UpdateAsync(row with { State = SnapshotState.Deleting, Reason = reason }, CancellationToken.None);
        await FinishRemovingAsync(row with { Reason = reason });
    }

    public async Task FinishRemovingAsync(SnapshotRow row)
    {
        await engine.DeleteSnapshotAsync(row.Id, CancellationToken.None);
        await store.RemoveAsync(row.Id, CancellationToken.None);
        await AppendAsync("sandbox.snapshot.deleted", row);
    }

    /// <summary>Stores the row of one that is about to be made.</summary>
    public Task AddAsync(SnapshotRow row, CancellationToken cancellationToken) => store.AddAsync(row, options.Value.Most, cancellationToken);

    /// <summary>Brings a row in line with what is on the disk.</summary>
    public async Task<SnapshotRow> SettleAsync(SnapshotRow row, string? failure)
    {
        var isThere = engine.HasSnapshot(row.Id);
        if (!isThere)
            await engine.DeleteSnapshotAsync(row.Id, CancellationToken.None);
        var settled = row with { State = isThere ? SnapshotState.Ready : SnapshotState.Failed, Reason = isThere ? null : failure };
        await store.UpdateAsync(settled, CancellationToken.None);
        await AppendAsync(isThere ? "sandbox.snapshot.created" : "sandbox.snapshot.failed", settled);
        return settled;
    }

    /// <summary>What it takes of the disk by itself; null where that is not known.</summary>
    public async Task<long?> MeasureAsync(SnapshotRow row, CancellationToken cancellationToken) =>
        row.State is SnapshotState.Ready ? (await engine.MeasureSnapshotAsync(row.Id, cancellationToken))?.OwnBytes : null;

    /// <summary>When the host will forget it; null if never.</summary>
    public DateTimeOffset? ExpiresAt(SnapshotRow row) => SnapshotLimits.ExpiresAt(row, options.Value);

    private async Task<SnapshotRow> TakeAsync(Caller caller, SnapshotRow row, CancellationToken cancellationToken)
    {
        await AddAsync(row, cancellationToken);
        // Not tied to this call: a client that goes away does not leave half a snapshot.
        var work = Task.Run(() => TakeAsync(row), CancellationToken.None);
        return await WaitAsync(work, cancellationToken) ? await work : await GetAsync(caller, row.Id, cancellationToken);
    }

    private async Task<SnapshotRow> TakeAsync(SnapshotRow row)
    {
        using var hold = uses.TryHold(row.Id);
        try
        {
            await sandboxes.KeepAsync(row.SandboxId, row.Id, CancellationToken.None);
            return await SettleAsync(row, failure: null);
        }
        catch (ToolFailureException)
        {
            // Refused before anything was done.
            await store.RemoveAsync(row.Id, CancellationToken.None);
            throw;
        }
        catch (Exception exception)
        {
            LogNotTaken(exception, row.Id);
            await SettleAsync(row, Reason(exception));
            throw;
        }
    }

    private async Task<(SandboxRow, SnapshotRow)> RestoreAsync(SnapshotRow snapshot, SnapshotRow kept)
    {
        using var hold = uses.TryHold(kept.Id);
        try
        {
            using var reading = await ReadAsync(snapshot.Id);
            var sandbox = await sandboxes.RestoreAsync(snapshot.SandboxId, new PendingRestore(snapshot.Id, kept.Id), CancellationToken.None);
            return (sandbox, await SettleAsync(kept, failure: null));
        }
        catch (ToolFailureException) when (!engine.HasSnapshot(kept.Id))
        {
            // Refused before anything was done.
            await store.RemoveAsync(kept.Id, CancellationToken.None);
            throw;
        }
        catch (Exception exception)
        {
            LogNotRestored(exception, snapshot.SandboxId, snapshot.Id);
            await SettleAsync(kept, Reason(exception));
            throw;
        }
    }

    private SnapshotRow NewRow(Caller caller, SandboxRow sandbox, bool isAutomatic, string? comment) => new()
    {
        Id = Ids.New(SnapshotRow.Prefix, time),
        Workspace = sandbox.Workspace,
        Principal = caller.Principal,
        SandboxId = sandbox.Id,
        SandboxName = sandbox.Name,
        Comment = comment,
        IsAutomatic = isAutomatic,
        State = SnapshotState.Creating,
        TemplateId = sandbox.TemplateId,
        Size = sandbox.Size,
        Isolation = sandbox.Isolation,
        CreatedAt = time.GetUtcNow(),
    };

    /// <summary>Whether the work ended within the time that a call may take.</summary>
    private async Task<bool> WaitAsync(Task work, CancellationToken cancellationToken)
    {
        try
        {
            await work.WaitAsync(options.Value.LongestWait, time, cancellationToken);
            return true;
        }
        catch (TimeoutException) when (!work.IsCompleted)
        {
            return false;
        }
    }

    private static string Reason(Exception exception) => exception switch
    {
        EngineException engineException => $"{exception.Message} {engineException.Remedy}",
        ToolFailureException => exception.Message,
        _ => "The host failed while it was taken; its log says how.",
    };

    private Task AppendAsync(string type, SnapshotRow row) =>
        journal.AppendAsync(
            new JournalEvent(type)
            {
                Workspace = row.Workspace,
                Device = row.OfSandbox,
                Principal = row.Principal,
                Data = new { snapshot_id = row.Id, sandbox_id = row.OfSandbox, name = row.Name, comment = row.Comment, automatic = row.IsAutomatic, reason = row.Reason },
            },
            CancellationToken.None);

    [LoggerMessage(LogLevel.Warning, "Snapshot {Id} was not taken")]
    private partial void LogNotTaken(Exception exception, string id);

    [LoggerMessage(LogLevel.Warning, "Sandbox {Id} was not restored to {SnapshotId}")]
    private partial void LogNotRestored(Exception exception, string id, string snapshotId);
}
