using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Approvals;

/// <summary>Some capabilities, by name.</summary>
internal sealed record CapabilityPage
{
    public required int Count { get; init; }

    public string? NextCursor { get; init; }

    public required IReadOnlyList<CapabilityEntry> Capabilities { get; init; }

    public static CapabilityPage From(IReadOnlyList<Capability> rows, int limit, Caller caller, PolicyInForce policy) => new()
    {
        Count = Math.Min(rows.Count, limit),
        NextCursor = rows.Count > limit ? rows[limit - 1].Declared.Name : null,
        Capabilities = [.. rows.Take(limit).Select(capability => CapabilityEntry.From(capability, CapabilityCatalog.Usually(capability, caller, policy)))],
    };
}

/// <summary>What a tool does to the world, as its capability says.</summary>
internal sealed record CapabilityEntry
{
    public required string Name { get; init; }

    public required int Version { get; init; }

    public required Risk Risk { get; init; }

    public required CapabilityScope Scope { get; init; }

    /// <summary>Carried by every call.</summary>
    public IReadOnlyList<string>? Marks { get; init; }

    /// <summary>Carried by calls with certain arguments.</summary>
    public IReadOnlyList<string>? MarksWhen { get; init; }

    public required ApprovalClass Approval { get; init; }

    /// <summary>allow, ask or deny, as the policy is now and for a call without special arguments.</summary>
    public string? Now { get; init; }

    public required string Fingerprint { get; init; }

    public static CapabilityEntry From(Capability capability, string? now) => new()
    {
        Name = capability.Declared.Name,
        Version = capability.Declared.Version,
        Risk = capability.Declared.Risk,
        Scope = capability.Declared.Scope,
        Marks = capability.Declared.Marks is Calls.Marks.None ? null : MarkWords.List(capability.Declared.Marks),
        MarksWhen = capability.Conditional.Count is 0 ? null : [.. capability.Conditional.Select(condition => $"{MarkWords.Of(condition.Marks)} with {condition.Argument}{(condition.Values.Count is 0 ? "" : " " + string.Join(" or ", condition.Values))}")],
        Approval = capability.Declared.Approval,
        Now = now,
        Fingerprint = capability.Fingerprint,
    };
}
