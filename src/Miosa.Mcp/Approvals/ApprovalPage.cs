namespace Miosa.Mcp.Approvals;

/// <summary>Some requests, the latest first.</summary>
internal sealed record ApprovalPage
{
    public required int Count { get; init; }

    public string? NextCursor { get; init; }

    public required IReadOnlyList<Approval> Approvals { get; init; }

    public static ApprovalPage From(IReadOnlyList<ApprovalRow> rows, int limit) => new()
    {
        Count = Math.Min(rows.Count, limit),
        NextCursor = rows.Count > limit ? rows[limit - 1].Id : null,
        Approvals = [.. rows.Take(limit).Select(Approval.From)],
    };
}
