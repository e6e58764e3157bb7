namespace Miosa.Mcp.Previews;

/// <summary>A permission to see one preview, as the database keeps it: never what opens it, only what that is checked against.</summary>
internal sealed record GrantRow
{
    public required string Id { get; init; }

    public required string PreviewId { get; init; }

    public required string SandboxId { get; init; }

    public required int Port { get; init; }

    public required GrantKind Kind { get; init; }

    /// <summary>Of a share: the SHA-256 of its token, in hex.</summary>
    public string? SecretHash { get; init; }

    /// <summary>Of a share with a password: what <see cref="SharePasswords"/> made of it.</summary>
    public string? Password { get; init; }

    public required string Principal { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ends by itself; never, where absent.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public bool IsLive(DateTimeOffset now) => RevokedAt is null && (ExpiresAt is null || ExpiresAt > now);
}
