using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Approvals;

/// <summary>A request as who asks sees it: how it stands and what to do next, not what only the person is shown.</summary>
internal sealed record Approval
{
    public required string ApprovalId { get; init; }

    public required ApprovalState State { get; init; }

    public required string NextStep { get; init; }

    public ApprovalKind Kind { get; init; }

    public required string Tool { get; init; }

    public required string Capability { get; init; }

    public string? Device { get; init; }

    public IReadOnlyList<string>? Reasons { get; init; }

    /// <summary>What the person said to it.</summary>
    public string? Note { get; init; }

    /// <summary>The person gave the call other arguments; it is made with those.</summary>
    public bool? Edited { get; init; }

    public string? GrantId { get; init; }

    public required string AskedBy { get; init; }

    public string? Agent { get; init; }

    public string? DecidedBy { get; init; }

    /// <summary>What became of the call: completed, failed, not_started or interrupted.</summary>
    public string? Outcome { get; init; }

    public string? CallId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public static Approval From(ApprovalRow row) => new()
    {
        ApprovalId = row.Id,
        State = row.State,
        NextStep = Next(row),
        Kind = row.Kind,
        Tool = row.Tool,
        Capability = row.Capability,
        Device = row.Device,
        Reasons = row.Reasons.Count is 0 ? null : row.Reasons,
        Note = row.Note,
        Edited = row.EditedBinding is null ? null : true,
        GrantId = row.GrantId,
        AskedBy = row.Principal,
        Agent = row.Agent,
        DecidedBy = row.DecidedBy,
        Outcome = row.Outcome,
        CallId = row.CallId,
        CreatedAt = row.CreatedAt,
        ExpiresAt = row.ExpiresAt,
    };

    private static string Next(ApprovalRow row) => row.State switch
    {
        ApprovalState.Pending when row.Kind is ApprovalKind.Policy => "Nothing is to be done; until a person answers the stricter policy is in force.",
        ApprovalState.Pending => "Wait with approval_get and wait_seconds, or do other work meanwhile. A person answers with `miosa approvals`.",
        ApprovalState.Approved => $"Make the same call of {row.Tool} again now, unchanged; it works once.",
        ApprovalState.Denied => "Do not repeat the call or look for a way around it; ask the user how to go on.",
        ApprovalState.RevisionRequested => "Change the call as the note says and make that one; it is asked about anew.",
        ApprovalState.Expired => "Nobody answered, or nobody made the call, in time; that is neither a yes nor a no. If it is still wanted, make the call again.",
        ApprovalState.Voided => "What it was about has changed. If it is still wanted, make the call again.",
        _ => row.Outcome switch
        {
            "interrupted" => $"{ToolErrors.Word(ToolErrorCode.OutcomeUnknown)}: the host ended in the middle of the call. Look at the state before you ask for it again.",
            "not_started" => "The host ended before the call was begun, so nothing was done. If it is still wanted, make the call again.",
            null => "The call is under way.",
            _ => "It was used; nothing is left to do with it.",
        },
    };
}
