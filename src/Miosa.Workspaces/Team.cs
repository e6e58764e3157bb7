namespace Miosa.Workspaces;

/// <summary>Agents that work together.</summary>
public sealed record Team
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public string? Description { get; init; }

    /// <summary>The id of an agent.</summary>
    public string? Manager { get; init; }

    public IReadOnlyList<string> Members { get; init; } = [];
    public required string Body { get; init; }
    public required string Path { get; init; }
    public Fact.Map Extra { get; init; } = Fact.Map.Empty;
}
