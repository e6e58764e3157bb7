using System.Text.Json;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Approvals;

/// <summary>A standing consent as people and programs see it.</summary>
internal sealed record GrantView
{
    public required string Id { get; init; }

    /// <summary>`active`, `used_up`, `expired` or `revoked`.</summary>
    public required string Status { get; init; }

    public required string Workspace { get; init; }

    public required string Capability { get; init; }

    public required string CapabilityFingerprint { get; init; }

    public required string Principal { get; init; }

    public string? Agent { get; init; }

    /// <summary>Arguments that must be so.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Constraints { get; init; }

    public required bool AllowsOtherArguments { get; init; }

    public required bool BoundToFiles { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public int? UsesLeft { get; init; }

    public required string CreatedBy { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public string? Note { get; init; }

    public static GrantView From(Grant grant, DateTimeOffset now) => new()
    {
        Id = grant.Id,
        Status = grant.RevokedAt is not null ? "revoked" : grant.Until <= now ? "expired" : grant.UsesLeft is <= 0 ? "used_up" : "active",
        Workspace = grant.Workspace,
        Capability = grant.Capability,
        CapabilityFingerprint = grant.Fingerprint,
        Principal = grant.Principal,
        Agent = grant.Agent,
        Constraints = grant.Constraints,
        AllowsOtherArguments = grant.AllowsOthers,
        BoundToFiles = grant.Files is not null,
        ExpiresAt = grant.Until,
        UsesLeft = grant.UsesLeft,
        CreatedBy = grant.CreatedBy,
        CreatedAt = grant.CreatedAt,
        RevokedAt = grant.RevokedAt,
        Note = grant.Note,
    };
}
