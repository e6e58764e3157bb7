namespace Miosa.Mcp.Calls;

/// <summary>A failure that a caller can act on: what happened and what to do next. Anything else thrown is a bug.</summary>
internal sealed class ToolFailureException(ToolErrorCode code, string message, string nextStep, string? cause = null, bool? retryable = null, Exception? inner = null)
    : Exception(message, inner)
{
    public ToolErrorCode Code { get; } = code;

    public string NextStep { get; } = nextStep;

    /// <summary>What lies behind it, where that helps.</summary>
    public string? Cause { get; } = cause;

    /// <summary>The request for a person's answer that it is about.</summary>
    public string? Approval { get; init; }

    public DateTimeOffset? ApprovalExpiresAt { get; init; }

    public bool IsRetryable { get; } = retryable ?? ToolErrors.IsRetryable(code);
}
