using Microsoft.Extensions.FileSystemGlobbing;
using Miosa.Devices.Doors;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Files;

/// <summary>What is in a directory, as a caller sees it.</summary>
internal sealed record FileListing
{
    /// <summary>The most entries looked at; a larger tree is said to be larger.</summary>
    public const int MostRead = 20_000;

    private const int Characters = 5_500;

    public required string Path { get; init; }

    public required int Count { get; init; }

    /// <summary>Whether there are more than are shown.</summary>
    public required bool More { get; init; }

    public string? NextStep { get; init; }

    /// <summary>Directories that are shown but not entered unless asked for with `all`.</summary>
    public static IReadOnlyList<string> SkippedNames { get; } = [".git", "node_modules", "__pycache__", ".venv"];

    public required IReadOnlyList<FileEntryView> Entries { get; init; }

    public static FileListing From(string path, Miosa.Devices.Doors.FileListing listed, string? glob, int limit)
    {
        var matcher = glob is null ? null : new Matcher(StringComparison.Ordinal).AddInclude(glob.Contains('/', StringComparison.Ordinal) ? glob : $"**/{glob}");
        var matching = listed.Entries.Where(entry => matcher is null || matcher.Match(entry.Path).HasMatches).ToList();
        List<FileEntryView> shown = [];
        var budget = Characters;
        foreach (var entry in matching.Take(limit).Select(FileEntryView.From))
        {
            budget -= ResultBudget.Length(entry.Path) + (entry.Target is null ? 0 : ResultBudget.Length(entry.Target)) + 60;
            if (budget < 0)
                break;
            shown.Add(entry);
        }
        var more = shown.Count < matching.Count || listed.Truncated;
        return new FileListing
        {
            Path = path,
            Count = shown.Count,
            More = more,
            NextStep = more
                ? $"{matching.Count}{(listed.Truncated ? " or more" : "")} entries match and {shown.Count} are shown; narrow with path, glob or depth."
                : null,
            Entries = shown,
        };
    }
}

/// <summary>One entry of a directory.</summary>
internal sealed record FileEntryView
{
    public required string Path { get; init; }

    public required string Type { get; init; }

    public long? Size { get; init; }

    /// <summary>What a symbolic link points to.</summary>
    public string? Target { get; init; }

    public static FileEntryView From(FileEntry entry) => new()
    {
        Path = entry.Path,
        Type = FileDetails.TypeName(entry.Stat.Type),
        Size = entry.Stat.Type is FileType.File ? entry.Stat.Size : null,
        Target = entry.Stat.LinkTarget,
    };
}
