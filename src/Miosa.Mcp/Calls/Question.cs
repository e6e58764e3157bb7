namespace Miosa.Mcp.Calls;

/// <summary>All that a decision depends on, and nothing else.</summary>
internal sealed record Question
{
    public required CapabilityAttribute Capability { get; init; }

    /// <summary>What this call does besides, its arguments considered.</summary>
    public required Marks Marks { get; init; }

    /// <summary>Whether the caller's scopes open the capability.</summary>
    public required bool InScope { get; init; }

    public bool ReadOnly { get; init; }

    /// <summary>The authorities in force, each of which has to allow it; the strictest wins.</summary>
    public IReadOnlyList<Authority> Authorities { get; init; } = [];

    /// <summary>Where an authority says nothing of when to ask.</summary>
    public required ApprovalMode DefaultMode { get; init; }

    /// <summary>What was spent in this month already.</summary>
    public decimal SpentUsd { get; init; }

    /// <summary>A person approved exactly this call.</summary>
    public bool IsApproved { get; init; }

    /// <summary>A standing consent that covers it.</summary>
    public Grant? Grant { get; init; }
}
