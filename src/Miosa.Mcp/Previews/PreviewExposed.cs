namespace Miosa.Mcp.Previews;

/// <summary>The answer to an expose: where to look, and whether there is something to see.</summary>
internal sealed record PreviewExposed
{
    public required string PreviewId { get; init; }

    /// <summary>`ready`: something listens on the port; `not_listening`: nothing does yet.</summary>
    public required string Status { get; init; }

    public required string NextStep { get; init; }

    /// <summary>Lets in whoever opens it; for a public preview the same as `url`.</summary>
    public required Uri OpenUrl { get; init; }

    public required Uri Url { get; init; }

    public required PreviewAccess Access { get; init; }

    public required string SandboxId { get; init; }

    public required int Port { get; init; }

    /// <summary>Revokes this one token by preview_revoke.</summary>
    public string? TokenId { get; init; }

    /// <summary>When the token ends; who is in by it is out then.</summary>
    public DateTimeOffset? TokenExpiresAt { get; init; }
}
