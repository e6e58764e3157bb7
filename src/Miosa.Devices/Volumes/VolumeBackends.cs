namespace Miosa.Devices.Volumes;

/// <summary>Decides how volumes are kept: as they were begun with, and in a new home as well as this machine can.</summary>
internal sealed class VolumeBackends(EngineOptions options, TimeProvider time)
{
    private readonly string _image = Path.Combine(options.DataDirectory, "volumes.btrfs");
    private readonly string _copies = Path.Combine(options.DataDirectory, "volumes.copy");

    /// <summary>What this home has begun with; null for a new one.</summary>
    public VolumeKind? Begun => File.Exists(_image) ? VolumeKind.Btrfs : Directory.Exists(_copies) ? VolumeKind.Copy : null;

    public async Task<IVolumeBackend> OpenAsync(CancellationToken cancellationToken)
    {
        var kind = Chosen();
        if (Begun is null)
            PoolSize.Require(options.DataDirectory);
        if (kind is not VolumeKind.Copy)
        {
            try
            {
                return await OpenedAsync(new BtrfsBackend(_image, DevicePaths.Volumes(options)), cancellationToken);
            }
            catch (EngineException) when (kind is null)
            {
                // Copies do the same job, and say that they are slower.
            }
        }
        return await OpenedAsync(new CopyBackend(_copies, DevicePaths.Volumes(options), time), cancellationToken);
    }

    /// <summary>Null for btrfs if it can be had.</summary>
    private VolumeKind? Chosen()
    {
        VolumeKind? asked = options.Volumes switch
        {
            VolumeChoice.Btrfs => VolumeKind.Btrfs,
            VolumeChoice.Copy => VolumeKind.Copy,
            _ => null,
        };
        if (asked is not null && Begun is not null && asked != Begun)
            throw new EngineException(
                $"The sandboxes at {options.DataDirectory} are kept as {(Begun is VolumeKind.Btrfs ? "btrfs" : "copies")}, and the settings ask for {(asked is VolumeKind.Btrfs ? "btrfs" : "copies")}.",
                "Set `Sandboxes:Volumes` to `auto`, or use another home.");
        return asked ?? Begun;
    }

    private static async Task<IVolumeBackend> OpenedAsync(IVolumeBackend backend, CancellationToken cancellationToken)
    {
        await backend.OpenAsync(cancellationToken);
        return backend;
    }
}
