using System.Text.Json;
using System.Text.Json.Serialization;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Transports.Access;

/// <summary>A key or a token as it is kept: everything but its text, of which there is only the hash.</summary>
internal sealed record KeyEntry
{
    /// <summary>Names it in records, and is no secret.</summary>
    public required string Id { get; init; }

    [JsonConverter(typeof(KindConverter))]
    public required CallerKind Kind { get; init; }

    public required string Name { get; init; }

    /// <summary>The hash of its text, in hex.</summary>
    public required string Sha256 { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>The workspaces it is good for. None named: all of them.</summary>
    public IReadOnlyList<string> Workspaces { get; init; } = [];

    /// <summary>The agent that its holder is, and the only one.</summary>
    public string? Agent { get; init; }

    public bool ReadOnly { get; init; }

    public string? UserId { get; init; }

    /// <summary>The key or token that made it; null where a person did.</summary>
    public string? Parent { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? LastUsedAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    [JsonIgnore]
    public string Principal => Kind is CallerKind.Delegated ? $"token:{Id}" : $"key:{Id}";

    /// <summary>When it ended, or will; null for one that nothing ends.</summary>
    [JsonIgnore]
    public DateTimeOffset? EndsAt => RevokedAt is { } revoked && !(ExpiresAt < revoked) ? revoked : ExpiresAt;

    public bool IsOver(DateTimeOffset now) => RevokedAt is not null || ExpiresAt <= now;

    /// <summary>Kinds as words, so that a file stays readable when the list of kinds grows.</summary>
    internal sealed class KindConverter() : JsonStringEnumConverter<CallerKind>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);
}
