using System.Text.Json;

namespace Miosa.Mcp.Calls;

/// <summary>What each code means for a caller: how to mend it, and whether the same call may work later.</summary>
internal static class ToolErrors
{
    private const string Void = "What was approved is no longer what would be done; call again to have a person look at it anew.";

    private static readonly Dictionary<ToolErrorCode, (string Remediation, bool Retryable)> Table = new()
    {
        [ToolErrorCode.InvalidInput] = ("Mend the arguments that are named and call again.", false),
        [ToolErrorCode.UnknownTool] = ("Take a tool that tools/list shows.", false),
        [ToolErrorCode.NotFound] = ("Check the name; the list tool of its kind shows what there is.", false),
        [ToolErrorCode.Gone] = ("It does not come back; make a new one.", false),
        [ToolErrorCode.Conflict] = ("Look at the present state and decide again.", false),
        [ToolErrorCode.IdempotencyConflict] = ("Take a new idempotency_key for another call.", false),
        [ToolErrorCode.OutcomeUnknown] = ("Look whether it was done before you do it again, with a new idempotency_key.", false),
        [ToolErrorCode.PreconditionFailed] = ("Read the present state and base the call on it.", false),
        [ToolErrorCode.Denied] = ("This caller may not do it; ask the person in charge.", false),
        [ToolErrorCode.PendingApproval] = ("A person has to approve it; call again when that was done.", true),
        [ToolErrorCode.ApprovalDenied] = ("A person said no; ask the user how to go on.", false),
        [ToolErrorCode.ApprovalRevisionRequested] = ("Change the call as the person wants it.", false),
        [ToolErrorCode.ApprovalRequestMismatch] = (Void, true),
        [ToolErrorCode.ApprovalEnvMismatch] = (Void, true),
        [ToolErrorCode.ApprovalFilesMismatch] = (Void, true),
        [ToolErrorCode.ApprovalDeviceMismatch] = (Void, true),
        [ToolErrorCode.ApprovalPolicyMismatch] = (Void, true),
        [ToolErrorCode.LimitExceeded] = ("Ask for less, or free what is not needed.", false),
        [ToolErrorCode.ResourceExhausted] = ("Free what the sandbox uses, then call again.", true),
        [ToolErrorCode.DiskFull] = ("Delete what is not needed, then call again.", true),
        [ToolErrorCode.Unavailable] = ("Call again in a little while; if it stays so, a person should run `miosa doctor`.", true),
        [ToolErrorCode.SandboxNotCommandReady] = ("Wait until the sandbox is running, then call again.", true),
        [ToolErrorCode.NotSupported] = ("This host cannot do it; take the way that next_step names.", false),
        [ToolErrorCode.Timeout] = ("Call again with more time or less work.", true),
        [ToolErrorCode.Cancelled] = ("Call again if it is still wanted.", true),
        [ToolErrorCode.StorageUnavailable] = ("A person has to look at the host's database, then call again.", true),
        [ToolErrorCode.Internal] = ("It is a fault of this host; call again once, then report the request_id, which its log has.", true),
    };

    public static string Remediation(ToolErrorCode code) => Table[code].Remediation;

    public static bool IsRetryable(ToolErrorCode code) => Table[code].Retryable;

    /// <summary>Whether a call that fails so is known to have changed nothing.</summary>
    public static bool HadNoEffect(ToolErrorCode code) => code is not (
        ToolErrorCode.Unavailable or ToolErrorCode.Timeout or ToolErrorCode.Cancelled or ToolErrorCode.StorageUnavailable or ToolErrorCode.OutcomeUnknown or ToolErrorCode.Internal);

    /// <summary>The code as the wire has it, such as `INVALID_INPUT`.</summary>
    public static string Word(ToolErrorCode code) => JsonNamingPolicy.SnakeCaseUpper.ConvertName(code.ToString());
}
