namespace Miosa.Mcp.Transports.Access;

/// <summary>A token, shown this once, and what it became: it may be less than was asked for.</summary>
internal sealed record TokenMade
{
    public required string Token { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    public required string Id { get; init; }

    public required string WorkspaceId { get; init; }

    public string? UserId { get; init; }

    public string? Agent { get; init; }

    public required bool ReadOnly { get; init; }
}

/// <summary>The tokens that a caller may look after.</summary>
internal sealed record TokenPage(IReadOnlyList<KeyInfo> Tokens, string? Next);

/// <summary>Why there is none.</summary>
/// <param name="Ok">Never true; clients of the hosted service look here first.</param>
internal sealed record TokenFailure(bool Ok, TokenError Error);

/// <param name="Hint">What to do instead.</param>
internal sealed record TokenError(string Code, string Message, bool Retryable, string Hint);
