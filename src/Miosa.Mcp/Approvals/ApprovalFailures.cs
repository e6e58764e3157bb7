using System.Globalization;
using System.Text.Json;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Approvals;

/// <summary>What is told to who asks, and to who answers, when it cannot be so.</summary>
internal static class ApprovalFailures
{
    public static ToolFailureException Pending(ApprovalRow row) => new(
        ToolErrorCode.PendingApproval, $"A person has to approve this first. {string.Join(' ', row.Reasons)}",
        $"approval_get with approval_id {row.Id} waits for the answer; once it is approved make the same call again, unchanged. Tell the user that `miosa approvals` in a terminal shows what is asked. Do not try another way around it.")
    {
        Approval = row.Id,
        ApprovalExpiresAt = row.ExpiresAt,
    };

    public static ToolFailureException Denied(ApprovalRow row) => new(
        ToolErrorCode.ApprovalDenied, row.Note is { Length: > 0 } note ? $"A person said no to this: {note}" : "A person said no to this.",
        "Do not repeat it or look for a way around it; ask the user how to go on.")
    {
        Approval = row.Id,
    };

    public static ToolFailureException Revise(ApprovalRow row) => new(
        ToolErrorCode.ApprovalRevisionRequested, row.Note is { Length: > 0 } note ? $"A person wants it otherwise: {note}" : "A person wants it otherwise.",
        "Change the call accordingly and make that one; it is asked about anew.")
    {
        Approval = row.Id,
    };

    public static ToolFailureException Mismatch(ApprovalRow row, ToolErrorCode code, string what) => new(
        code, $"It was approved, but {what}; the approval is void and nothing was done.", "Make the call again to have a person look at what it is now.")
    {
        Approval = row.Id,
    };

    public static ToolFailureException TooMany(int most, string of) => new(
        ToolErrorCode.LimitExceeded, string.Create(CultureInfo.InvariantCulture, $"{most} requests {of} wait for an answer already."), "Wait until some are answered or expire; approval_list shows them.");

    public static ToolFailureException TooLarge(int most) => new(
        ToolErrorCode.LimitExceeded, string.Create(CultureInfo.InvariantCulture, $"A person has to approve this, and the arguments have more than the {most} characters that can be asked about."), "Bring large contents in as an upload, or in parts.");

    public static ToolFailureException Unknown(string id) => new(
        ToolErrorCode.NotFound, $"There is no approval {ResultBudget.Start(id, 60)} in this workspace.", "approval_list shows those there are.");

    public static ToolFailureException UnknownGrant(string id) => new(
        ToolErrorCode.NotFound, $"There is no grant {ResultBudget.Start(id, 60)} in this workspace, or it has ended.", "List the grants to see those there are.");

    public static ToolFailureException TooManyGrants(int most) => new(
        ToolErrorCode.LimitExceeded, string.Create(CultureInfo.InvariantCulture, $"{most} grants of this workspace hold already."), "Revoke some that are no longer needed, or wait until they end.");

    public static ToolFailureException OwnRequest() => new(
        ToolErrorCode.Denied, "Who asked cannot approve.", "Somebody else has to answer: a person at the host's terminal (`miosa approvals`), or with another key of scope approvals:decide.");

    public static ToolFailureException Over(ApprovalRow row) => new(
        ToolErrorCode.Conflict, $"It is {JsonNamingPolicy.SnakeCaseLower.ConvertName(row.State.ToString())} and cannot be decided any more.", "If it is still wanted, the call has to be made again.");

    public static ToolFailureException NotForPolicy(string what) => new(
        ToolErrorCode.InvalidInput, $"A change of policy can be accepted or not, but takes no {what}.", "Edit the workspace's files instead.");
}
