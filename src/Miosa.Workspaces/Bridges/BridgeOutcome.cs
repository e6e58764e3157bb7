namespace Miosa.Workspaces.Bridges;

/// <summary>What became, or would become, of one file.</summary>
/// <param name="Path">Relative to the workspace.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Reason">Why it was left alone.</param>
public sealed record BridgeOutcome(string Path, BridgeOutcomeKind Kind, string? Reason = null);

/// <summary>What a writer does with a file.</summary>
public enum BridgeOutcomeKind
{
    Unchanged,
    Written,
    Updated,
    Removed,

    /// <summary>A person's, or nothing that can safely be written to.</summary>
    LeftAlone,
}
