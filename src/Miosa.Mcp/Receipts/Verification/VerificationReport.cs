namespace Miosa.Mcp.Receipts.Verification;

/// <summary>What was found in a folder.</summary>
internal sealed record VerificationReport
{
    public required IReadOnlyList<ChainReport> Chains { get; init; }

    /// <summary>What is wrong with the folder as a whole.</summary>
    public IReadOnlyList<ChainBreak> Breaks { get; init; } = [];

    public bool IsWhole => Breaks.Count is 0 && Chains.Count > 0 && Chains.All(chain => chain.Break is null);
}
