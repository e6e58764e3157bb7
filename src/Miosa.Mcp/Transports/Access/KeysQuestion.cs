namespace Miosa.Mcp.Transports.Access;

/// <summary>What <c>miosa keys</c> wants. Exactly one of them.</summary>
internal sealed record KeysQuestion
{
    public KeyRequest? Create { get; init; }

    public TokenRequest? Delegate { get; init; }

    /// <summary>The key that a token is made with; absent for the owner's own.</summary>
    public string? Maker { get; init; }

    /// <summary>The id, or a key's name.</summary>
    public string? Revoke { get; init; }

    public KeysList? List { get; init; }
}

/// <param name="Ended">Also those that are no longer in force.</param>
/// <param name="After">The id of the last one that was seen.</param>
internal sealed record KeysList(bool Ended, string? After);
