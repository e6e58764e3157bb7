namespace Miosa.Mcp.Previews;

/// <summary>A preview as callers see it.</summary>
internal sealed record Preview
{
    public required string Id { get; init; }

    public required string SandboxId { get; init; }

    public required int Port { get; init; }

    public required PreviewAccess Access { get; init; }

    /// <summary>Opens for those who have been let in; sandbox_expose and preview_share give links that let in.</summary>
    public required Uri Url { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Tokens and shares that are good, the latest first, ten at most.</summary>
    public required IReadOnlyList<PreviewGrant> Grants { get; init; }

    /// <summary>How many are good.</summary>
    public required int GrantCount { get; init; }
}

/// <summary>A token or share that is good; what opens is not told again.</summary>
internal sealed record PreviewGrant
{
    public required string Id { get; init; }

    public required GrantKind Kind { get; init; }

    public bool? HasPassword { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }
}
