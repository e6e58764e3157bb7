namespace Miosa.Devices.Doors;

public enum FileChangeKind
{
    Created = 1,
    Modified,
    Deleted,
    Renamed,
    /// <summary>What was watched is itself gone, and the watch ends.</summary>
    RootGone,
}

/// <summary>A change, by its path below what is watched.</summary>
public sealed record FileChange(FileChangeKind Kind, string Path, bool IsDirectory, string? OldPath = null);

/// <summary>What changed within a tenth of a second or so.</summary>
public sealed record FileChanges
{
    public IReadOnlyList<FileChange> Changes { get; init; } = [];

    /// <summary>Changes were missed: look at the whole tree again.</summary>
    public bool Overflowed { get; init; }

    /// <summary>Directories that are not watched, because there are too many.</summary>
    public int NotWatched { get; init; }
}
