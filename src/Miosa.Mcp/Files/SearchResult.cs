namespace Miosa.Mcp.Files;

/// <summary>What a search found.</summary>
internal sealed record SearchResult
{
    /// <summary>Matches shown.</summary>
    public required int Count { get; init; }

    /// <summary>Whether there are more than are shown.</summary>
    public required bool More { get; init; }

    public string? NextStep { get; init; }

    /// <summary>Lines as `path:line:text` for matches and `path-line-text` for context; names only when names were searched.</summary>
    public required IReadOnlyList<string> Matches { get; init; }
}
