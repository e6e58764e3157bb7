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

    /// <summary>Makes both from the template, whole or not at all.</summary>
    public void Create(DevicePaths paths, DeviceSpec spec, long templateBytes)
    {
        Delete(paths.Unfinished);
        try
        {
            Directory.CreateDirectory(paths.Unfinished);
            Subvolume.Snapshot(DevicePaths.Template(options, spec.Template), DevicePaths.Root(paths.Unfinished));
            // Where shared data counts too, the template's share is not the device's to pay for.
            Subvolume.Limit(DevicePaths.Root(paths.Unfinished), (pool.Quota is Quota.Shared ? templateBytes : 0) + spec.Size.DiskBytes);
            Subvolume.Create(DevicePaths.State(paths.Unfinished));
            Subvolume.Limit(DevicePaths.State(paths.Unfinished), StateBytes);
            Directory.Move(paths.Unfinished, paths.Home);
        }
        catch (NativeCallException exception) when (exception.Errno is NoSpace or QuotaExceeded)
        {
            Delete(paths.Unfinished);
            throw new EngineException("The disk that holds the sandboxes is full.", "Destroy sandboxes that are not needed, or free space on this machine's disk.", exception);
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
