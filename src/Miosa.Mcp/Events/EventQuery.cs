namespace Miosa.Mcp.Events;

/// <summary>Which events a reader wants.</summary>
internal sealed record EventQuery
{
    private const int MostTypes = 20;
    private const int LongestType = 100;
    private const int MostStars = 4;

    /// <summary>A reader sees its own workspace, and what belongs to none.</summary>
    public required string Workspace { get; init; }

    /// <summary>Types, where `*` stands for anything; none means all.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    public string? Device { get; init; }

    /// <summary>The id behind which to go on; null for the start.</summary>
    public string? After { get; init; }

    public int Limit { get; init; } = 100;

    /// <summary>What is wrong with it, in a sentence; null where nothing is. An unknown cursor would wait for ever and say nothing.</summary>
    public string? Problem =>
        After is not null && !EventIds.IsId(After) ? "The cursor is not one that an answer or an event gave; leave it out for the start."
        : Types.Count > MostTypes || Types.Any(type => type.Length > LongestType || type.Count(c => c is '*') > MostStars)
            ? $"At most {MostTypes} types are taken, each of at most {LongestType} characters and {MostStars} stars."
            : null;
}
