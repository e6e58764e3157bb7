namespace Miosa.Devices.Volumes;

/// <summary>Decides how volumes are kept: as they were begun with, and in a new home as well as this machine can.</summary>
internal sealed class VolumeBackends(EngineOptions options, TimeProvider time)
{
    private readonly string _image = Path.Combine(options.DataDirectory, "volumes.btrfs");
    private readonly string _overlays = Path.Combine(options.DataDirectory, "volumes.overlay");
    private readonly string _copies = Path.Combine(options.DataDirectory, "volumes.copy");

    /// <summary>What this home has begun with; null for a new one.</summary>
    public VolumeKind? Begun =>
        File.Exists(_image) ? VolumeKind.Btrfs
        : Directory.Exists(_overlays) ? VolumeKind.Overlay
        : Directory.Exists(_copies) ? VolumeKind.Copy
        : null;

    /// <summary>Why a new home was begun without btrfs; null where it was not, or nobody tried.</summary>
    public EngineException? NoBtrfs { get; private set; }

    public async Task<IVolumeBackend> OpenAsync(CancellationToken cancellationToken)
    {
        var kind = Chosen();
        if (Begun is null)
            PoolSize.Require(options.DataDirectory);
        VolumeKind[] kinds = kind is { } one ? [one] : [VolumeKind.Btrfs, VolumeKind.Overlay];
        foreach (var each in kinds)
        {
            try
            {
                return await OpenAsync(each, cancellationToken);
            }
            catch (EngineException exception) when (kind is null)
            {
                // The next one does the same job, and says that it is slower.
                NoBtrfs ??= exception;
            }
        }
        return await OpenAsync(VolumeKind.Copy, cancellationToken);
    }

    private async Task<IVolumeBackend> OpenAsync(VolumeKind kind, CancellationToken cancellationToken)
    {
        // What has begun so has been tried.
        if (kind is VolumeKind.Overlay && Begun is null)
            await OverlayProbe.RequireAsync(options, cancellationToken);
        var mountPoint = DevicePaths.Volumes(options);
        IVolumeBackend backend = kind switch
        {
            VolumeKind.Btrfs => new BtrfsBackend(_image, mountPoint),
            VolumeKind.Overlay => new OverlayBackend(new CopyBackend(_overlays, mountPoint, time), mountPoint),
            VolumeKind.Copy => new CopyBackend(_copies, mountPoint, time),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
        await backend.OpenAsync(cancellationToken);
        return backend;
    }

    /// <summary>Null for the best that can be had.</summary>
    private VolumeKind? Chosen()
    {
        VolumeKind? asked = options.Volumes switch
        {
            VolumeChoice.Btrfs => VolumeKind.Btrfs,
            VolumeChoice.Overlay => VolumeKind.Overlay,
            VolumeChoice.Copy => VolumeKind.Copy,
            _ => null,
        };
        if (asked is not null && Begun is not null && asked != Begun)
            throw new EngineException(
                $"The sandboxes at {options.DataDirectory} are kept as {Word(Begun)}, and the settings ask for {Word(asked)}.",
                "Set `Sandboxes:Volumes` to `auto`, or use another home.");
        return asked ?? Begun;
    }

    private static string Word(VolumeKind? kind) => kind switch
    {
        VolumeKind.Btrfs => "btrfs",
        VolumeKind.Overlay => "overlays",
        _ => "copies",
    };
}
