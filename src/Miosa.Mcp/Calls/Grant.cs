using System.Text.Json;

namespace Miosa.Mcp.Calls;

/// <summary>A person's standing consent to calls of one kind: for whom, with which arguments, until when and how often.</summary>
internal sealed record Grant
{
    /// <summary>What an exact grant says of a call that named no file that was there: one that appears later is another call.</summary>
    public const string NoFiles = "none";

    public required string Id { get; init; }

    public required string Workspace { get; init; }

    public required string Capability { get; init; }

    /// <summary>Of the capability that was consented to; another version of it is another thing.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Whose calls; and, where they came from an agent, of this agent alone.</summary>
    public required string Principal { get; init; }

    public string? Agent { get; init; }

    /// <summary>Arguments that a call must have, by name. What is not named may be anything.</summary>
    public IReadOnlyDictionary<string, JsonElement> Constraints { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Whether arguments that are not named may be given at all.</summary>
    public bool AllowsOthers { get; init; }

    /// <summary>The state of the files that the call it came from would run; null where it bound none.</summary>
    public string? Files { get; init; }

    public required DateTimeOffset Until { get; init; }

    /// <summary>How often it may still be used; null is as often as wanted until then.</summary>
    public int? UsesLeft { get; init; }

    public required string CreatedBy { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public string? Note { get; init; }

    /// <summary>Whether it is about this call. The files it would run are compared by who can read them.</summary>
    public bool Covers(Call call, DateTimeOffset now) =>
        RevokedAt is null && Until > now && UsesLeft is not <= 0
        && Workspace == call.Caller.WorkspaceName && Capability == call.Capability.Name && Fingerprint == call.Fingerprint
        && Principal == call.Caller.Principal && Agent == call.Caller.Agent
        && Constraints.All(constraint => call.Arguments.TryGetValue(constraint.Key, out var value) && JsonElement.DeepEquals(constraint.Value, value))
        && (AllowsOthers || call.Arguments.Keys.All(Constraints.ContainsKey));
}
