namespace Miosa.Mcp.Calls;

/// <summary>The one shape of every failure.</summary>
internal sealed record ToolError
{
    public required string Code { get; init; }

    public required string Message { get; init; }

    public required string Cause { get; init; }

    public required string Remediation { get; init; }

    public required string NextStep { get; init; }

    public required bool Retryable { get; init; }

    /// <summary>Finds the call in the host's log and journal.</summary>
    public required string RequestId { get; init; }

    /// <summary>The request for a person's answer that it is about; approval_get tells how it stands.</summary>
    public string? ApprovalId { get; init; }

    public DateTimeOffset? ApprovalExpiresAt { get; init; }

    public static ToolError From(ToolFailureException failure, string requestId) => new()
    {
        Code = ToolErrors.Word(failure.Code),
        Message = failure.Message,
        Cause = failure.Cause ?? failure.Message,
        Remediation = ToolErrors.Remediation(failure.Code),
        NextStep = failure.NextStep,
        Retryable = failure.IsRetryable,
        RequestId = requestId,
        ApprovalId = failure.Approval,
        ApprovalExpiresAt = failure.ApprovalExpiresAt,
    };
}
