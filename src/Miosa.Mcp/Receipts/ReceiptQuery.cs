namespace Miosa.Mcp.Receipts;

/// <summary>Which receipts are asked for, the latest first.</summary>
internal sealed record ReceiptQuery
{
    public required string Workspace { get; init; }

    public string? CallId { get; init; }

    public string? Capability { get; init; }

    public string? Device { get; init; }

    public string? Kind { get; init; }

    public string? ApprovalId { get; init; }

    /// <summary>Only those before this one, which a page ended with.</summary>
    public (int Chain, long Sequence)? Before { get; init; }

    public int Limit { get; init; } = 20;
}
