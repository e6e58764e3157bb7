namespace Miosa.Devices.Volumes;

/// <summary>A way to keep volumes: trees of files that are made, copied and removed as a whole, each within a limit.</summary>
internal interface IVolumeBackend
{
    VolumeKind Kind { get; }

    /// <summary>Whether a copy is of one instant by itself. Where not, nobody may write to the source meanwhile.</summary>
    bool CopiesAtOnce { get; }

    /// <summary>Whether <see cref="Limit"/> is kept.</summary>
    bool KeepsLimits { get; }

    /// <summary>Puts the volumes in their place; without an effect where they are.</summary>
    Task OpenAsync(CancellationToken cancellationToken);

    Task CreateAsync(string path, CancellationToken cancellationToken);

    Task CopyAsync(string source, string path, CancellationToken cancellationToken);

    /// <summary>Nobody writes to it any more.</summary>
    void Seal(string path);

    /// <summary>A copy that is sealed from the start.</summary>
    Task KeepAsync(string source, string path, CancellationToken cancellationToken);

    /// <summary>Copies of it will be many, and itself changes no more: what can be shared of it is shared from now on.</summary>
    Task ShareAsync(string path);

    /// <summary>What to mount for its files to be seen.</summary>
    VolumeView View(string path);

    /// <summary>Where the files lie that were put into a volume since it was created. For one that is a copy, that is not all of them.</summary>
    string OwnFiles(string path);

    /// <summary>Removes a volume, or a directory with volumes and files in it.</summary>
    Task RemoveAsync(string path);

    /// <summary>Lets <paramref name="bytes"/> be written beyond what <paramref name="source"/> has given.</summary>
    void Limit(string path, string? source, long bytes);

    /// <summary>Bytes that can still be written.</summary>
    long FreeBytes();

    /// <summary>What a copy would take at once.</summary>
    Task<long> CopyBytesAsync(string source, CancellationToken cancellationToken);

    /// <summary>What a volume takes; null where it cannot be told in reasonable time.</summary>
    Task<VolumeSpace?> MeasureAsync(string path, CancellationToken cancellationToken);
}
