using Miosa.Devices.Native;

namespace Miosa.Devices.Volumes;

/// <summary>
/// Overlays, for where btrfs cannot be had: what templates give lies once on the disk, below what each device writes.
/// <para>
/// What a device has written is copied with it, also for a fork and a restore, and never put below another layer. It
/// would be faster, but files of a lower layer are not quite files: at the first write a file becomes another one,
/// which those who had it open do not see and the other names of it do not either. A system can live with that, as it
/// does in every container; somebody's work, a database and a log that is followed cannot.
/// </para>
/// </summary>
internal sealed class OverlayBackend(CopyBackend files, string mountPoint) : IVolumeBackend
{
    private readonly SharedTrees _trees = new(Path.Combine(mountPoint, "trees"));

    public VolumeKind Kind => VolumeKind.Overlay;

    public bool CopiesAtOnce => false;

    public bool KeepsLimits => false;

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await files.OpenAsync(cancellationToken);
        _trees.Open();
        await _trees.ClearAsync(files.RemoveAsync);
    }

    public Task CreateAsync(string path, CancellationToken cancellationToken) => files.CreateAsync(Own(path), cancellationToken);

    public async Task CopyAsync(string source, string path, CancellationToken cancellationToken)
    {
        await KeepAsync(source, path, cancellationToken);
        if (_trees.Below(path) is not [var top, ..])
            return;
        Directory.CreateDirectory(Path.Combine(path, VolumeView.Work));
        if (Directory.Exists(Own(path)))
            return;
        // The uppermost directory is the root of all: it is as that of the tree below it.
        Directory.CreateDirectory(Own(path));
        File.SetUnixFileMode(Own(path), File.GetUnixFileMode(top));
        Libc.ChangeOwner(Own(path), Libc.OwnerOf(top));
    }

    public async Task KeepAsync(string source, string path, CancellationToken cancellationToken)
    {
        SharedTrees.Give(source, path);
        if (Directory.Exists(Own(source)))
            await files.CopyAsync(Own(source), Own(path), cancellationToken);
    }

    public void Seal(string path)
    {
    }

    public Task ShareAsync(string path) => Task.Run(() => _trees.Add(path, Own(path)));

    public async Task RemoveAsync(string path)
    {
        await files.RemoveAsync(path);
        await _trees.ClearAsync(files.RemoveAsync);
    }

    public VolumeView View(string path)
    {
        var below = _trees.Below(path);
        if (!Directory.Exists(Own(path)))
            return new(below);
        if (below.Count is 0)
            return VolumeView.Of(Own(path));
        return Directory.Exists(Path.Combine(path, VolumeView.Work)) ? new(below, path) : new([Own(path), .. below]);
    }

    public string OwnFiles(string path) => Directory.Exists(Own(path)) ? Own(path) : _trees.Below(path).FirstOrDefault(Own(path));

    public void Limit(string path, string? source, long bytes)
    {
    }

    public long FreeBytes() => files.FreeBytes();

    public Task<long> CopyBytesAsync(string source, CancellationToken cancellationToken) =>
        Directory.Exists(Own(source)) ? files.CopyBytesAsync(Own(source), cancellationToken) : Task.FromResult(0L);

    public async Task<VolumeSpace?> MeasureAsync(string path, CancellationToken cancellationToken) =>
        await files.MeasureAsync(OwnFiles(path), cancellationToken) is { } space ? new() { Counted = SpaceCount.Exclusive, OwnBytes = space.OwnBytes } : null;

    public override string ToString() => $"overlays in {files}";

    private static string Own(string volume) => Path.Combine(volume, VolumeView.Upper);
}
