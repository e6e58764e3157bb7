namespace Miosa.Mcp.Previews;

/// <summary>A link to hand on.</summary>
internal sealed record PreviewShared
{
    public required string ShareId { get; init; }

    public required string PreviewId { get; init; }

    public required string NextStep { get; init; }

    /// <summary>Shown this one time.</summary>
    public required Uri OpenUrl { get; init; }

    public required bool HasPassword { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }
}
