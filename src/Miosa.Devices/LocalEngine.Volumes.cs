using Miosa.Devices.Volumes;

namespace Miosa.Devices;

/// <summary>Devices' files: kept, given back, copied and counted.</summary>
public sealed partial class LocalEngine
{
    /// <summary>How devices' files are kept. The engine must be open.</summary>
    public VolumeKind VolumeKind => _pool.Kind;

    /// <summary>Whether a device cannot write more than it is given. The engine must be open.</summary>
    public bool KeepsDiskLimits => _pool.KeepsLimits;

    /// <summary>What this machine does less well than it could, in words for a person; empty where there is nothing. The engine must be open.</summary>
    public IReadOnlyList<string> Limitations =>
    [
        .. _pool.Kind switch
        {
            VolumeKind.Btrfs => (string[])[],
            VolumeKind.Overlay => ["There is no btrfs here: snapshots, restores and forks copy what the sandbox has written since it was made from its template, which takes its time and its space. A running sandbox stands still meanwhile, and limits on disk are not kept."],
            _ => ["There is no btrfs here: snapshots, restores and forks copy every file, which takes its time and its space. A running sandbox stands still meanwhile, and limits on disk are not kept."],
        },
        .. _pool.NoBtrfs is { } why ? (string[])[$"Why there is no btrfs: {why.Message} {why.Remedy}"] : [],
    ];

    /// <summary>The room there is. The engine must be open.</summary>
    public PoolSpace Space() => _pool.Space();

    /// <summary>Fails where the disk is too full for anything new. The engine must be open.</summary>
    /// <exception cref="EngineException">It is.</exception>
    public Task RequireRoomAsync(CancellationToken cancellationToken) => _pool.RequireRoomAsync(source: null, cancellationToken);

    /// <summary>Makes the device's volumes as a copy of a snapshot, if they are not there.</summary>
    public async Task CreateFromSnapshotAsync(DeviceSpec spec, string snapshotId, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        var paths = new DevicePaths(_options, spec.Id);
        if (DeviceVolumes.Exist(paths))
            return;
        _ = UserNamespaceAsync(spec.Slot);
        await _volumes.CreateAsync(paths, spec, SnapshotRoot(snapshotId));
    }

    /// <summary>
    /// Keeps the device's system and `/workspace` as they are at this instant, whether it runs or not. A running device
    /// stands still for it: also where the copy itself is one step, what was written is not all on the disk before.
    /// </summary>
    public async Task SnapshotAsync(string id, string snapshotId, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        if (HasSnapshot(snapshotId))
            return;
        var paths = new DevicePaths(_options, id);
        if (!DeviceVolumes.Exist(paths))
            throw new EngineException($"The files of {id} are not on this machine.", "Destroy it and create a new one.");
        // Before it is held still, since looking takes time too.
        await _pool.RequireRoomAsync(DevicePaths.Root(paths.Home), cancellationToken);
        using var hold = !IsRunning(id) || (_pool.CopiesAtOnce && !_freezer.CanFreeze(id)) ? null : await _stillness.HoldAsync(id);
        await _volumes.SnapshotAsync(paths, snapshotId, () => hold?.Check());
    }

    /// <summary>Begins a restore while the device may still run: nothing of it is touched. Dispose what this gives.</summary>
    public async Task<PreparedRestore> PrepareRestoreAsync(DeviceSpec spec, string snapshotId, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        _ = SnapshotRoot(snapshotId);
        // Where a copy takes time, it is not made beside that of what is replaced: they would take it from each other.
        return new PreparedRestore(_pool, _pool.CopiesAtOnce ? _volumes.PrepareRestoreAsync(spec, snapshotId) : null);
    }

    /// <summary>Gives a device that does not run the system and `/workspace` of a snapshot. What it had is gone: keep it before.</summary>
    /// <param name="spec">The device.</param>
    /// <param name="snapshotId">The snapshot.</param>
    /// <param name="prepared">What was begun for it; it is used up.</param>
    /// <param name="cancellationToken">Ends the wait for the engine to open.</param>
    public async Task RestoreAsync(DeviceSpec spec, string snapshotId, PreparedRestore? prepared, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        _ = SnapshotRoot(snapshotId);
        await _volumes.RestoreAsync(new DevicePaths(_options, spec.Id), await (prepared?.Take() ?? _volumes.PrepareRestoreAsync(spec, snapshotId)));
    }

    public Task RestoreAsync(DeviceSpec spec, string snapshotId, CancellationToken cancellationToken) => RestoreAsync(spec, snapshotId, prepared: null, cancellationToken);

    /// <summary>Whether a snapshot is here and whole. The engine must be open.</summary>
    public bool HasSnapshot(string snapshotId) => Directory.Exists(DevicePaths.Snapshot(_options, snapshotId));

    /// <summary>Ids of the snapshots on this machine, all of them whole. The engine must be open.</summary>
    public IReadOnlyList<string> FindSnapshots() =>
        [.. Directory.GetDirectories(DevicePaths.Snapshot(_options, "")).Select(path => Path.GetFileName(path))];

    /// <summary>Removes a snapshot; what was made from it keeps its own copy.</summary>
    public async Task DeleteSnapshotAsync(string snapshotId, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        await _pool.RemoveAsync(DevicePaths.Snapshot(_options, snapshotId));
    }

    internal VolumePool Pool => _pool;

    /// <summary>Returns when all that was removed so far is off the disk too.</summary>
    internal Task ClearedAsync() => _pool.ClearedAsync();

    /// <summary>What a device takes; null where that cannot be told in reasonable time, or where it has no files.</summary>
    public async Task<VolumeSpace?> MeasureAsync(string id, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        return await MeasureAtAsync(DevicePaths.Root(new DevicePaths(_options, id).Home), cancellationToken);
    }

    /// <summary>What a snapshot takes; null where that cannot be told in reasonable time, or where there is none.</summary>
    public async Task<VolumeSpace?> MeasureSnapshotAsync(string snapshotId, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        return await MeasureAtAsync(DevicePaths.Root(DevicePaths.Snapshot(_options, snapshotId)), cancellationToken);
    }

    private async Task<VolumeSpace?> MeasureAtAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return Directory.Exists(path) ? await _pool.MeasureAsync(path, cancellationToken) : null;
        }
        catch (Exception exception) when (exception is EngineException or IOException or Native.NativeCallException && !Directory.Exists(path))
        {
            // It was removed meanwhile.
            return null;
        }
    }

    private string SnapshotRoot(string snapshotId)
    {
        var root = DevicePaths.Root(DevicePaths.Snapshot(_options, snapshotId));
        return Directory.Exists(root) ? root : throw new EngineException($"The snapshot {snapshotId} is not on this machine.", "Take another one; `sandbox_snapshot_list` has those that are here.");
    }
}
