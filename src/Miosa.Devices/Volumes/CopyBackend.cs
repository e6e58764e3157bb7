using System.Globalization;

namespace Miosa.Devices.Volumes;

/// <summary>Plain directories on the machine's own file system, for where btrfs cannot be had: every copy is written out.</summary>
internal sealed class CopyBackend(string directory, string mountPoint, TimeProvider time) : IVolumeBackend
{
    private const string Remedy = "Install coreutils and util-linux, and run as root.";
    private static readonly TimeSpan LongestMeasurement = TimeSpan.FromSeconds(5);

    public VolumeKind Kind => VolumeKind.Copy;

    public bool CopiesAtOnce => false;

    public bool KeepsLimits => false;

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        const string failure = "The sandboxes' directory could not be mounted.";
        if (!Mounts.IsMounted(mountPoint))
            await Tool.RunAsync("mount", ["--bind", directory, mountPoint], failure, Remedy, cancellationToken);
        // nosuid: a program that a sandbox marks setuid is owned by the machine's root when seen from outside. Also where
        // it is mounted already: a host that was killed may not have come to this.
        await Tool.RunAsync("mount", ["-o", "remount,bind,nosuid,noatime", mountPoint], failure, Remedy, cancellationToken);
    }

    public Task CreateAsync(string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(path);
        return Task.CompletedTask;
    }

    /// <summary>
    /// With owners, attributes, links and holes as they are, and on disk when it returns: the rename that makes it
    /// appear must not be there before what is in it.
    /// </summary>
    public async Task CopyAsync(string source, string path, CancellationToken cancellationToken)
    {
        var parent = Path.GetDirectoryName(path)!;
        await Tool.RunAsync("cp", CopyArguments(source, path), "The files could not be copied.", "Free space on this machine's disk, and shorten paths of more than 4,000 bytes.", cancellationToken, parent);
        await Task.Run(() => Native.Libc.SyncFileSystem(parent), CancellationToken.None);
    }

    public async Task KeepAsync(string source, string path, CancellationToken cancellationToken)
    {
        await CopyAsync(source, path, cancellationToken);
        Seal(path);
    }

    public void Seal(string path)
    {
    }

    public Task ShareAsync(string path) => Task.CompletedTask;

    public VolumeView View(string path) => VolumeView.Of(path);

    public string OwnFiles(string path) => path;

    /// <summary>By a program that walks by descriptors: a sandbox may have made paths that are longer than a path may be.</summary>
    public Task RemoveAsync(string path) =>
        Tool.RunAsync("rm", ["-rf", "--one-file-system", "--", path], "Files could not be removed.", Remedy, CancellationToken.None, Path.GetDirectoryName(path)!);

    public void Limit(string path, string? source, long bytes)
    {
    }

    public long FreeBytes() => new DriveInfo(directory).AvailableFreeSpace;

    public async Task<long> CopyBytesAsync(string source, CancellationToken cancellationToken) =>
        (await MeasureAsync(source, cancellationToken))?.OwnBytes ?? 0;

    public async Task<VolumeSpace?> MeasureAsync(string path, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(LongestMeasurement, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // It fails when files go while it counts, as those of a device that runs do. What it has counted is near enough.
            var (_, said, _) = await Tool.TryRunAsync("du", ["--summarize", "--block-size=1", "--one-file-system", "--", path], "The files could not be counted.", Remedy, both.Token);
            return long.TryParse(said.Split('\t')[0], CultureInfo.InvariantCulture, out var bytes) ? new() { Counted = SpaceCount.Copied, OwnBytes = bytes, TotalBytes = bytes } : null;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    public override string ToString() => $"copies in {directory}";

    internal static IReadOnlyList<string> CopyArguments(string source, string path) =>
        ["--archive", "--reflink=auto", "--no-target-directory", "--", source, path];
}
