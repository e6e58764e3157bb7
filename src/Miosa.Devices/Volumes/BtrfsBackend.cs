using System.Globalization;

namespace Miosa.Devices.Volumes;

/// <summary>
/// btrfs in one sparse file, mounted by loop, so that it needs no partition of its own and a device is a snapshot that
/// costs nothing until it is written to.
/// </summary>
internal sealed class BtrfsBackend(string image, string mountPoint) : IVolumeBackend
{
    private const string NoBtrfs = "Run as root on a kernel with btrfs and loop devices; `modprobe btrfs loop` loads them.";
    private const string NoTools = "Install the package btrfs-progs.";
    private Quota _quota;
    private string _groups = "";

    public VolumeKind Kind => VolumeKind.Btrfs;

    public bool CopiesAtOnce => true;

    public bool KeepsLimits => true;

    /// <summary>Makes the pool if there is none, and mounts it if it is not mounted.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        var isNew = !File.Exists(image);
        if (isNew)
            await CreateImageAsync(cancellationToken);
        else
            PoolSize.Grow(image);
        if (!Mounts.IsMounted(mountPoint))
            await MountAsync(isNew, cancellationToken);
        if (PoolSize.IsWorthGrowing(new DriveInfo(mountPoint).TotalSize, new FileInfo(image).Length))
            await ResizeAsync(cancellationToken);
        _quota = Quotas.Enable(mountPoint);
        _groups = Quotas.GroupsOf(mountPoint);
    }

    public Task CreateAsync(string path, CancellationToken cancellationToken) => Task.Run(() => Subvolume.Create(path), CancellationToken.None);

    public Task CopyAsync(string source, string path, CancellationToken cancellationToken) => Task.Run(() => Subvolume.Snapshot(source, path), CancellationToken.None);

    // In one step: to seal it afterwards would cost the disk a second commit.
    public Task KeepAsync(string source, string path, CancellationToken cancellationToken) =>
        Task.Run(() => Subvolume.Snapshot(source, path, readOnly: true), CancellationToken.None);

    public void Seal(string path) => Subvolume.SetReadOnly(path);

    public Task ShareAsync(string path) => Task.CompletedTask;

    public VolumeView View(string path) => VolumeView.Of(path);

    public string OwnFiles(string path) => path;

    public Task RemoveAsync(string path) => Task.Run(() => Remove(path));

    /// <summary>Where shared data counts too, the source's share is not the volume's to pay for.</summary>
    public void Limit(string path, string? source, long bytes) =>
        Subvolume.Limit(path, bytes + (_quota is Quota.Shared && source is not null ? Read(source, "referenced") ?? 0 : 0));

    public long FreeBytes() =>
        Math.Min(new DriveInfo(mountPoint).AvailableFreeSpace, new DriveInfo(Path.GetDirectoryName(image)!).AvailableFreeSpace);

    public Task<long> CopyBytesAsync(string source, CancellationToken cancellationToken) => Task.FromResult(0L);

    public Task<VolumeSpace?> MeasureAsync(string path, CancellationToken cancellationToken) => Task.FromResult(
        Read(path, "exclusive") is { } own
            ? _quota is Quota.Shared
                ? new VolumeSpace { Counted = SpaceCount.Exclusive, OwnBytes = own, TotalBytes = Read(path, "referenced") }
                : new VolumeSpace { Counted = SpaceCount.Written, OwnBytes = own }
            : null);

    public override string ToString() => $"btrfs in {image} at {mountPoint}";

    /// <summary>Null for a volume that was there before anything was counted.</summary>
    private long? Read(string path, string what)
    {
        var group = string.Create(CultureInfo.InvariantCulture, $"{_groups}/0_{Subvolume.Id(path)}");
        return Directory.Exists(group) ? long.Parse(File.ReadAllText(Path.Combine(group, what)), CultureInfo.InvariantCulture) : null;
    }

    private static void Remove(string path)
    {
        if (Subvolume.TryDelete(path))
            return;
        foreach (var file in Directory.GetFiles(path))
            File.Delete(file);
        foreach (var directory in Directory.GetDirectories(path))
            Remove(directory);
        Directory.Delete(path);
    }

    private async Task CreateImageAsync(CancellationToken cancellationToken)
    {
        var fresh = image + ".new";
        // Not written over: the mkfs of a host that was killed may still be at the old one.
        File.Delete(fresh);
        await using (var file = new FileStream(fresh, FileMode.CreateNew, FileAccess.Write))
            file.SetLength(PoolSize.First(Path.GetDirectoryName(image)!));
        File.SetUnixFileMode(fresh, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        try
        {
            await Tool.RunAsync("mkfs.btrfs", ["--quiet", "--label", "miosa", fresh], "btrfs could not be made.", NoTools, cancellationToken);
        }
        catch (EngineException)
        {
            File.Delete(fresh);
            throw;
        }
        File.Move(fresh, image);
    }

    private async Task MountAsync(bool isNew, CancellationToken cancellationToken)
    {
        try
        {
            // nosuid: a program that a sandbox marks setuid is owned by the machine's root when seen from outside.
            await Tool.RunAsync("mount", ["-o", "loop,noatime,nosuid", image, mountPoint], "btrfs could not be mounted from a file.", NoBtrfs, cancellationToken);
        }
        catch (EngineException) when (isNew)
        {
            // What is there decides how volumes are kept, and this machine cannot keep them so.
            File.Delete(image);
            throw;
        }
    }

    private async Task ResizeAsync(CancellationToken cancellationToken)
    {
        const string failure = "The sandboxes' file system could not grow with its disk.";
        await Tool.RunAsync("losetup", ["--set-capacity", Mounts.SourceOf(mountPoint)], failure, "Install util-linux.", cancellationToken);
        await Tool.RunAsync("btrfs", ["filesystem", "resize", "max", mountPoint], failure, NoTools, cancellationToken);
    }
}
