using Miosa.Devices.Volumes;

namespace Miosa.Devices;

/// <summary>A device's two volumes: its system with `/workspace`, which snapshots cover, and its process records.</summary>
internal sealed class DeviceVolumes(EngineOptions options, VolumePool pool)
{
    private const long StateBytes = 512L << 20;

    public static bool Exist(DevicePaths paths) => Directory.Exists(DevicePaths.Root(paths.Home));

    /// <summary>Makes both, the system as a copy of <paramref name="source"/>, whole or not at all.</summary>
    public async Task CreateAsync(DevicePaths paths, DeviceSpec spec, string source)
    {
        await pool.RequireRoomAsync(source, CancellationToken.None);
        await pool.MakeAsync(paths.Home, async unfinished =>
        {
            await CopyRootAsync(source, DevicePaths.Root(unfinished), spec);
            await pool.CreateAsync(DevicePaths.State(unfinished), CancellationToken.None);
            pool.Limit(DevicePaths.State(unfinished), source: null, StateBytes);
        });
    }

    /// <summary>Keeps the device's system as it is at this instant, whole or not at all. It must stand still where a copy takes time.</summary>
    public Task SnapshotAsync(DevicePaths paths, string snapshotId, Action check) =>
        pool.MakeAsync(DevicePaths.Snapshot(options, snapshotId), async unfinished =>
        {
            await pool.KeepAsync(DevicePaths.Root(paths.Home), DevicePaths.Root(unfinished), CancellationToken.None);
            check();
        });

    /// <summary>Copies a snapshot, to be put in the place of the device's system.</summary>
    public async Task<string> PrepareRestoreAsync(DeviceSpec spec, string snapshotId)
    {
        var source = DevicePaths.Root(DevicePaths.Snapshot(options, snapshotId));
        // Where it costs nothing, one may always go back.
        if (!pool.CopiesAtOnce)
            await pool.RequireRoomAsync(source, CancellationToken.None);
        return await pool.PrepareAsync(prepared => CopyRootAsync(source, prepared, spec));
    }

    /// <summary>Replaces the system of a device that does not run. What was there must have been kept before.</summary>
    public Task RestoreAsync(DevicePaths paths, string prepared) => pool.ReplaceAsync(DevicePaths.Root(paths.Home), prepared);

    private async Task CopyRootAsync(string source, string path, DeviceSpec spec)
    {
        await pool.CopyAsync(source, path, CancellationToken.None);
        pool.Limit(path, source, spec.Size.DiskBytes);
    }
}
