namespace Miosa.Workspaces;

/// <summary>A piece of work that the contract names, once or again and again.</summary>
public sealed record PlannedTask
{
    public required string Id { get; init; }
    public required string Title { get; init; }
    public string? Description { get; init; }

    /// <summary>The id of an agent.</summary>
    public string? Assignee { get; init; }

    public string? Project { get; init; }
    public string? Priority { get; init; }
    public string? Kind { get; init; }
    public bool Recurring { get; init; }
    public Schedule? Schedule { get; init; }
    public required string Body { get; init; }
    public required string Path { get; init; }
    public Fact.Map Extra { get; init; } = Fact.Map.Empty;
}
