using System.Text.Json.Serialization;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Transports.Access;

/// <summary>A key or token as it is shown: not its hash.</summary>
internal sealed record KeyInfo
{
    public required string Id { get; init; }

    [JsonConverter(typeof(KeyEntry.KindConverter))]
    public required CallerKind Kind { get; init; }

    public required string Name { get; init; }

    /// <summary>`live`, `expired` or `revoked`.</summary>
    public required string State { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>None named: all of them.</summary>
    public required IReadOnlyList<string> Workspaces { get; init; }

    public string? Agent { get; init; }

    public required bool ReadOnly { get; init; }

    public string? UserId { get; init; }

    public string? Parent { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? LastUsedAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public static KeyInfo Of(KeyGrant grant, DateTimeOffset now) => Of(grant.Entry) with
    {
        State = grant.IsLive(now) ? "live" : grant.Entry.RevokedAt is null ? "expired" : "revoked",
    };

    /// <summary>Of one that was made this moment.</summary>
    public static KeyInfo Of(KeyEntry entry) => new()
    {
        Id = entry.Id,
        Kind = entry.Kind,
        Name = entry.Name,
        State = "live",
        Scopes = entry.Scopes,
        Workspaces = entry.Workspaces,
        Agent = entry.Agent,
        ReadOnly = entry.ReadOnly,
        UserId = entry.UserId,
        Parent = entry.Parent,
        CreatedAt = entry.CreatedAt,
        ExpiresAt = entry.ExpiresAt,
        LastUsedAt = entry.LastUsedAt,
        RevokedAt = entry.RevokedAt,
    };
}
