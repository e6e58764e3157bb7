namespace Miosa.Mcp.Files;

/// <summary>What a delete did.</summary>
internal sealed record FileDeleted
{
    public required string Path { get; init; }

    public required bool Deleted { get; init; }
}
