namespace Miosa.Workspaces;

/// <summary>Something that is worked towards.</summary>
public sealed record Project
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public string? Description { get; init; }

    /// <summary>The id of an agent.</summary>
    public string? Owner { get; init; }

    public required string Body { get; init; }
    public required string Path { get; init; }
    public Fact.Map Extra { get; init; } = Fact.Map.Empty;
}
