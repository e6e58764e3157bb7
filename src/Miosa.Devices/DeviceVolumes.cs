using Miosa.Devices.Native;
using Miosa.Devices.Volumes;

namespace Miosa.Devices;

/// <summary>A device's two volumes: its system with `/workspace`, which snapshots cover, and its process records.</summary>
internal sealed class DeviceVolumes(EngineOptions options, BtrfsPool pool)
{
    private const long StateBytes = 512L << 20;
    private const int QuotaExceeded = 122;
    private const int NoSpace = 28;

    public static bool Exist(DevicePaths paths) => Directory.Exists(DevicePaths.Root(paths.Home));

    /// <summary>Makes both, the system as a copy of <paramref name="source"/>, whole or not at all.</summary>
    public void Create(DevicePaths paths, DeviceSpec spec, string source, long sourceBytes)
    {
        Delete(paths.Unfinished);
        OrDiskFull(
            () =>
            {
                Directory.CreateDirectory(paths.Unfinished);
                CopyRoot(source, DevicePaths.Root(paths.Unfinished), spec, sourceBytes);
                Subvolume.Create(DevicePaths.State(paths.Unfinished));
                Subvolume.Limit(DevicePaths.State(paths.Unfinished), StateBytes);
                Directory.Move(paths.Unfinished, paths.Home);
            },
            paths.Unfinished);
    }

    /// <summary>Keeps the device's system as it is at this instant, whole or not at all.</summary>
    public void Snapshot(DevicePaths paths, string snapshotId)
    {
        var unfinished = DevicePaths.UnfinishedSnapshot(options, snapshotId);
        Delete(unfinished);
        OrDiskFull(
            () =>
            {
                Directory.CreateDirectory(unfinished);
                Subvolume.Snapshot(DevicePaths.Root(paths.Home), DevicePaths.Root(unfinished), readOnly: true);
                Directory.Move(unfinished, DevicePaths.Snapshot(options, snapshotId));
            },
            unfinished);
    }

    /// <summary>Replaces the system of a device that does not run by a snapshot. What was there must have been kept before.</summary>
    public void Restore(DevicePaths paths, DeviceSpec spec, string snapshotId, long snapshotBytes)
    {
        var replacement = paths.Home + "/root.new";
        OrDiskFull(
            () =>
            {
                if (Directory.Exists(replacement))
                    Subvolume.Delete(replacement);
                CopyRoot(DevicePaths.Root(DevicePaths.Snapshot(options, snapshotId)), replacement, spec, snapshotBytes);
                Libc.Exchange(replacement, DevicePaths.Root(paths.Home));
                Subvolume.Delete(replacement);
            },
            null);
    }

    private void CopyRoot(string source, string path, DeviceSpec spec, long sourceBytes)
    {
        Subvolume.Snapshot(source, path);
        // Where shared data counts too, the source's share is not the device's to pay for.
        Subvolume.Limit(path, (pool.Quota is Quota.Shared ? sourceBytes : 0) + spec.Size.DiskBytes);
    }

    private static void OrDiskFull(Action work, string? unfinished)
    {
        try
        {
            work();
        }
        catch (NativeCallException exception) when (exception.Errno is NoSpace or QuotaExceeded)
        {
            if (unfinished is not null)
                Delete(unfinished);
            throw new EngineException("The disk that holds the sandboxes is full.", "Destroy sandboxes and snapshots that are not needed, or free space on this machine's disk.", exception);
        }
    }

    public static void Delete(string home)
    {
        foreach (var volume in (string[])[DevicePaths.Root(home), DevicePaths.State(home)])
        {
            if (Directory.Exists(volume))
                Subvolume.Delete(volume);
        }
        if (Directory.Exists(home))
            Directory.Delete(home, recursive: true);
    }
}
