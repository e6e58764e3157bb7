namespace Miosa.Workspaces;

/// <summary>How much of a folder is read. What lies beyond is told, never silently left out.</summary>
public sealed record LoadLimits
{
    public int Skills { get; init; } = 2_000;
    public int Agents { get; init; } = 1_000;
    public int Runbooks { get; init; } = 1_000;

    /// <summary>Files of every other kind that has a place in the model.</summary>
    public int OtherFiles { get; init; } = 2_000;

    /// <summary>Folders and files that are looked at on the way.</summary>
    public int Entries { get; init; } = 50_000;

    public int Depth { get; init; } = 12;

    /// <summary>Of one file. Longer ones are read up to here.</summary>
    public int FileBytes { get; init; } = 1024 * 1024;

    /// <summary>Of all files together.</summary>
    public long TotalBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Values in one YAML document or front matter, aliases counted as what they stand for.</summary>
    public int YamlNodes { get; init; } = 20_000;

    public int YamlDepth { get; init; } = 32;

    /// <summary>Of one file; the rest is counted.</summary>
    public int ProblemsPerFile { get; init; } = 50;
}
