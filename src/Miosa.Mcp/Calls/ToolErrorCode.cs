namespace Miosa.Mcp.Calls;

/// <summary>Why a call failed: a closed list, so that a program can act on it. Written in capitals on the wire.</summary>
internal enum ToolErrorCode
{
    InvalidInput,
    UnknownTool,
    NotFound,
    Gone,
    Conflict,
    IdempotencyConflict,
    OutcomeUnknown,
    PreconditionFailed,
    Denied,
    PendingApproval,
    ApprovalDenied,
    ApprovalRevisionRequested,
    ApprovalRequestMismatch,
    ApprovalEnvMismatch,
    ApprovalFilesMismatch,
    ApprovalDeviceMismatch,
    ApprovalPolicyMismatch,
    LimitExceeded,
    ResourceExhausted,
    DiskFull,
    Unavailable,
    SandboxNotCommandReady,
    NotSupported,
    Timeout,
    Cancelled,
    StorageUnavailable,
    Internal,
}
