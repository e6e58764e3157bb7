namespace Miosa.Mcp.Calls;

/// <summary>A call that may be made, and on whose word.</summary>
internal sealed record Passage
{
    /// <summary>As it is to be made; a person may have given it other arguments.</summary>
    public required Call Call { get; init; }

    public required string PolicyVersion { get; init; }

    /// <summary>What stood in the way, and was answered.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    public string? ApprovalId { get; init; }

    public DateTimeOffset? ApprovedAt { get; init; }

    public string? GrantId { get; init; }

    /// <summary>Of what the person approved; where nobody was asked, of the call.</summary>
    public required string CallHash { get; init; }

    public bool IsEdited { get; init; }

    public bool Spends { get; init; }
}
