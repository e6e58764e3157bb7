namespace Miosa.Devices.Volumes;

/// <summary>
/// The file system that holds every device: btrfs in one sparse file, mounted by loop, so that it needs no partition
/// of its own and a device is a snapshot that costs nothing until it is written to.
/// </summary>
internal sealed class BtrfsPool(string image, string mountPoint)
{
    private const long SmallestBytes = 4L << 30;
    private const long LargestBytes = 4L << 40;

    public string MountPoint { get; } = mountPoint;

    /// <summary>How the limits of volumes are counted. The pool must be open.</summary>
    public Quota Quota { get; private set; }

    /// <summary>Makes the pool if there is none, and mounts it if it is not mounted.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(MountPoint);
        if (!IsMounted(MountPoint))
            await MountAsync(cancellationToken);
        // Files of a sandbox's root belong to the machine's root here, and not to be looked at by its other users.
        File.SetUnixFileMode(MountPoint, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Quota = Quotas.Enable(MountPoint);
    }

    private async Task MountAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(image))
            await CreateAsync(cancellationToken);
        // nosuid: a program that a sandbox marks setuid is owned by the machine's root when seen from outside.
        await Tool.RunAsync("mount", ["-o", "loop,noatime,nosuid", image, MountPoint], "btrfs could not be mounted from a file.", "Run as root on a kernel with btrfs and loop devices; `modprobe btrfs loop` loads them.", cancellationToken);
    }

    /// <summary>Bytes that can still be written, as the machine's disk and the pool allow.</summary>
    public long FreeBytes() =>
        Math.Min(new DriveInfo(MountPoint).AvailableFreeSpace, new DriveInfo(Path.GetDirectoryName(image)!).AvailableFreeSpace);

    internal static bool IsMounted(string path) =>
        File.ReadLines("/proc/self/mountinfo").Any(line => line.Split(' ') is [_, _, _, _, var target, ..] && target == path.Replace(" ", "\\040", StringComparison.Ordinal));

    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        var free = new DriveInfo(Path.GetDirectoryName(image)!).AvailableFreeSpace;
        if (free < SmallestBytes)
            throw new EngineException(
                $"There are {free >> 20} MiB free beside {image}; sandboxes need {SmallestBytes >> 30} GiB at least.",
                "Free some space, or set MIOSA_HOME to a directory on a larger disk.");

        // The size is a ceiling, not a cost: the file is sparse and takes what is written to it.
        var size = Math.Clamp(free / 10 * 9, SmallestBytes, LargestBytes);
        var fresh = image + ".new";
        await using (var file = new FileStream(fresh, FileMode.Create, FileAccess.Write))
            file.SetLength(size);
        File.SetUnixFileMode(fresh, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await Tool.RunAsync("mkfs.btrfs", ["--quiet", "--label", "miosa", fresh], "btrfs could not be made.", "Install the package btrfs-progs.", cancellationToken);
        File.Move(fresh, image);
    }

    public override string ToString() => $"btrfs in {image} at {MountPoint}";
}
