namespace Miosa.Mcp.Transports.Access;

/// <summary>A token as somebody asks for it: less than its maker may do, for a while.</summary>
internal sealed record TokenRequest
{
    public string? UserId { get; init; }

    public string? WorkspaceId { get; init; }

    public long? ExpiresInSeconds { get; init; }

    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>The agent that its holder is.</summary>
    public string? Agent { get; init; }

    public bool ReadOnly { get; init; }
}
