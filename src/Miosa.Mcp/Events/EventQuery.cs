namespace Miosa.Mcp.Events;

/// <summary>Which events a reader wants.</summary>
internal sealed record EventQuery
{
    /// <summary>A reader sees its own workspace, and what belongs to none.</summary>
    public required string Workspace { get; init; }

    /// <summary>Types, where `*` stands for anything; none means all.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    public string? Device { get; init; }

    /// <summary>The id behind which to go on; null for the start.</summary>
    public string? After { get; init; }

    public int Limit { get; init; } = 100;
}
