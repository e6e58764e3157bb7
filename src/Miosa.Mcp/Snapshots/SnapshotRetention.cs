using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Devices;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Snapshots;

/// <summary>Forgets snapshots whose time is up, and at the start of the host brings rows and disk together.</summary>
internal sealed partial class SnapshotRetention(
    SnapshotService snapshots, SnapshotStore store, SnapshotUses uses, SandboxService sandboxes, LocalEngine engine, MiosaHome home, IOptions<SnapshotOptions> options, TimeProvider time,
    ILogger<SnapshotRetention> logger)
{
    private const int MostAtOnce = 10;
    private const string Interrupted = "The host ended while it was taken.";

    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        // A home that has had neither need not be given a disk for them. A snapshot may have come from elsewhere.
        if (!await sandboxes.HasHistoryAsync(cancellationToken) && (await store.AllAsync(sandboxId: null, cancellationToken)).Count is 0)
            return;
        await engine.OpenAsync(cancellationToken);
        // The disk first: whatever is on it has had its row before.
        var onDisk = engine.FindSnapshots();
        var rows = await store.AllAsync(sandboxId: null, cancellationToken);
        foreach (var row in rows)
        {
            using var hold = uses.TryHold(row.Id);
            if (hold is not null && await store.FindAsync(row.Id, cancellationToken) is { } now)
                await SettleAsync(now);
        }
        // One disk for several homes holds what is others' too.
        if (!home.OwnsEngine)
            return;
        // Others keep what they build beside them, under names of their own.
        foreach (var id in onDisk.Where(SnapshotRow.IsId).Except(rows.Select(row => row.Id), StringComparer.Ordinal))
        {
            LogOrphan(id);
            await engine.DeleteSnapshotAsync(id, cancellationToken);
        }
    }

    /// <summary>Removes what is older or more than is kept, of every sandbox or of one.</summary>
    public async Task PruneAsync(string? sandboxId, CancellationToken cancellationToken)
    {
        foreach (var ofOne in (await store.AllAsync(sandboxId, cancellationToken)).GroupBy(row => (row.Workspace, row.SandboxId)))
        {
            foreach (var (row, reason) in SnapshotLimits.Beyond([.. ofOne], options.Value, time.GetUtcNow()))
                await TryRemoveAsync(row, reason);
        }
    }

    /// <summary>
    /// Where space is short, snapshots that the host took give way, the oldest first and some at a time: what a removal
    /// frees is seen only when the file system has done it.
    /// </summary>
    public async Task MakeRoomAsync(CancellationToken cancellationToken)
    {
        var automatic = (await store.AllAsync(sandboxId: null, cancellationToken)).Where(row => row is { IsAutomatic: true, State: SnapshotState.Ready }).Reverse().ToList();
        if (automatic.Count is 0)
            return;
        foreach (var row in automatic.SkipLast(options.Value.AutomaticMost))
            await TryRemoveAsync(row, $"More than {options.Value.AutomaticMost} of its kind were kept.");
        var space = engine.Space();
        if (space.FreeBytes < space.LeastFreeBytes)
        {
            foreach (var row in automatic.Take(MostAtOnce))
                await TryRemoveAsync(row, "The disk that holds the sandboxes was nearly full.");
            return;
        }
        // Where no limit is kept, a sandbox that is larger than its size may be so, and its snapshots are not what fills it.
        if (!engine.KeepsDiskLimits)
            return;
        foreach (var ofOne in automatic.GroupBy(row => row.SandboxId, StringComparer.Ordinal))
        {
            var first = ofOne.First();
            if (await TryMeasureAsync(first.SandboxId, cancellationToken) is { } taken && taken.OwnBytes > first.Size.DiskBytes / 10 * 9)
                await TryRemoveAsync(first, "The sandbox's disk was nearly full.");
        }
    }

    private async Task<VolumeSpace?> TryMeasureAsync(string sandboxId, CancellationToken cancellationToken)
    {
        try
        {
            return await engine.MeasureAsync(sandboxId, cancellationToken);
        }
        catch (EngineException exception)
        {
            LogNotMeasured(exception, sandboxId);
            return null;
        }
    }

    private async Task TryRemoveAsync(SnapshotRow row, string reason)
    {
        try
        {
            await snapshots.RemoveAsync(row, reason);
        }
        catch (ToolFailureException)
        {
            // Something is being made from it; the next round comes.
        }
        catch (EngineException exception)
        {
            LogNotRemoved(exception, row.Id);
        }
    }

    private async Task SettleAsync(SnapshotRow row)
    {
        switch (row.State)
        {
            case SnapshotState.Creating:
                await snapshots.SettleAsync(row, Interrupted);
                break;
            case SnapshotState.Ready when !engine.HasSnapshot(row.Id):
                await snapshots.SettleAsync(row, "Its files are not on this machine any more.");
                break;
            case SnapshotState.Deleting:
                await snapshots.FinishRemovingAsync(row);
                break;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Snapshot {Id} is on the disk and not in the database; it is deleted")]
    private partial void LogOrphan(string id);

    [LoggerMessage(LogLevel.Warning, "What sandbox {Id} takes could not be measured")]
    private partial void LogNotMeasured(Exception exception, string id);

    [LoggerMessage(LogLevel.Warning, "Snapshot {Id} could not be removed; it is tried again")]
    private partial void LogNotRemoved(Exception exception, string id);
}
