namespace Miosa.Mcp.Approvals;

/// <summary>What the host says to <c>miosa approvals</c>.</summary>
internal sealed record ApprovalsAnswer
{
    public IReadOnlyList<ApprovalDetails> Approvals { get; init; } = [];

    public IReadOnlyList<GrantView> Grants { get; init; } = [];

    public string? NextCursor { get; init; }

    /// <summary>Answers at a terminal need the passphrase.</summary>
    public bool IsLocked { get; init; }
}
