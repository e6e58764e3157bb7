namespace Miosa.Mcp.Transports.Access;

/// <summary>What is kept of the access keys: never a key, only its hash.</summary>
internal sealed record KeyFile
{
    public IReadOnlyList<StoredKey> Keys { get; init; } = [];
}

/// <param name="Id">Names the key in records and is no secret.</param>
/// <param name="Sha256">The hash of the key's text, in hex.</param>
/// <param name="CreatedAt">When it was made.</param>
internal sealed record StoredKey(string Id, string Sha256, DateTimeOffset CreatedAt);
