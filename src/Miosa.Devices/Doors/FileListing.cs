namespace Miosa.Devices.Doors;

public sealed record ListOptions
{
    /// <summary>1 is the directory itself, 2 what is in its directories too.</summary>
    public int Depth { get; init; } = 1;
    public int MaxEntries { get; init; } = 1000;
    public bool Hidden { get; init; } = true;

    /// <summary>Names of directories that are shown but not entered, such as <c>node_modules</c>.</summary>
    public IReadOnlyCollection<string> Skip { get; init; } = [];
}

/// <summary>An entry, by its path below what was listed.</summary>
public sealed record FileEntry(string Path, FileStat Stat);

/// <summary>What is in a directory, by breadth and then by name.</summary>
public sealed record FileListing
{
    public IReadOnlyList<FileEntry> Entries { get; init; } = [];
    public required bool Truncated { get; init; }

    /// <summary>Directories that could not be read.</summary>
    public required int Unreadable { get; init; }
}
