namespace Miosa.Mcp.Previews;

/// <summary>What opens nothing any more.</summary>
internal sealed record PreviewRevoked
{
    public required string PreviewId { get; init; }

    /// <summary>The one token or share; absent where the whole preview was ended.</summary>
    public string? GrantId { get; init; }

    public required string NextStep { get; init; }
}
