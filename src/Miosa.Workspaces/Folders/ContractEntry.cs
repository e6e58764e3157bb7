namespace Miosa.Workspaces.Folders;

/// <summary>A file, a folder or a link.</summary>
public sealed record ContractEntry
{
    public required string Path { get; init; }
    public required EntryKind Kind { get; init; }
    public long Bytes { get; init; }

    /// <summary>Differs when the content does; 0: unknown, compare the content.</summary>
    public long Stamp { get; init; }

    /// <summary>Where it really lies, in the root, when it was reached through a link; else its path.</summary>
    public string? Target { get; init; }

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];
    public string RealPath => Target ?? Path;
}

/// <summary>What an entry is, with links followed.</summary>
public enum EntryKind
{
    File,
    Folder,

    /// <summary>A link out of the root. It is never followed.</summary>
    LeavesRoot,

    /// <summary>A link to nothing, or in a circle.</summary>
    Broken,
}
