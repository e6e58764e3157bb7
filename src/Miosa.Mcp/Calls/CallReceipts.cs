using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Receipts;

namespace Miosa.Mcp.Calls;

/// <summary>
/// What is written down of calls: every decision, and of what changes something its beginning and its end. A read is
/// not held up for it: its decision is written a moment later.
/// </summary>
internal sealed partial class CallReceipts(ReceiptService receipts, IOptions<ReceiptOptions> options, TimeProvider time, ILogger<CallReceipts> logger)
{
    public Task RefusedAsync(Call call, string policy, IReadOnlyList<string> reasons, string? approvalId, DateTimeOffset? approvedAt, string code) =>
        receipts.RecordAsync(
            Draft(ReceiptKind.Decision, call, call.Hash, policy) with { Decision = ReceiptDecision.Deny, Reasons = reasons, ApprovalId = approvalId, ApprovedAt = approvedAt, ErrorCode = code },
            CancellationToken.None);

    public Task AskedAsync(Call call, string policy, ApprovalRow row, IReadOnlyList<string> reasons) =>
        receipts.RecordAsync(
            Draft(ReceiptKind.Decision, call, row.Binding.CallHash, policy) with { Decision = ReceiptDecision.Pending, Reasons = [.. reasons, $"It waits as {row.Id}."] }, CancellationToken.None);

    /// <summary>
    /// The decision and the beginning, durable before anything is done. Where nothing stood in the way the beginning is
    /// the record of both: it names the policy under which it was allowed.
    /// </summary>
    public Task BeganAsync(Passage passage)
    {
        if (passage is { Call.Capability.IsMutation: false, Reasons.Count: 0 })
        {
            if (options.Value.Reads)
                _ = NoteReadAsync(passage);
            return Task.CompletedTask;
        }
        List<Task> written = [];
        if (passage.Reasons.Count > 0)
            written.Add(receipts.RecordAsync(Of(ReceiptKind.Decision, passage) with { Decision = ReceiptDecision.Allow, Reasons = passage.Reasons }, CancellationToken.None));
        if (passage.Call.Capability.IsMutation)
            written.Add(receipts.RecordAsync(Of(ReceiptKind.Started, passage), CancellationToken.None));
        return Task.WhenAll(written);
    }

    public Task EndedAsync(Passage passage, DateTimeOffset started, string? errorCode, JsonElement? result) => !passage.Call.Capability.IsMutation
        ? Task.CompletedTask
        : receipts.RecordAsync(
            Of(errorCode is null ? ReceiptKind.Completed : ReceiptKind.Failed, passage) with
            {
                StartedAt = started,
                EndedAt = time.GetUtcNow(),
                ErrorCode = errorCode,
                ResultHash = result is { } answer ? CanonicalJson.Hash(answer) : null,
            },
            CancellationToken.None);

    private async Task NoteReadAsync(Passage passage)
    {
        try
        {
            await receipts.RecordAsync(Of(ReceiptKind.Decision, passage) with { Decision = ReceiptDecision.Allow }, CancellationToken.None);
        }
        catch (Exception exception)
        {
            LogNotNoted(exception, passage.Call.Tool, passage.Call.Id);
        }
    }

    private ReceiptDraft Of(ReceiptKind kind, Passage passage) => Draft(kind, passage.Call, passage.CallHash, passage.PolicyVersion) with
    {
        ApprovalId = passage.ApprovalId,
        GrantId = passage.GrantId,
        ApprovedAt = passage.ApprovedAt,
    };

    private ReceiptDraft Draft(ReceiptKind kind, Call call, string callHash, string policy) => new()
    {
        Kind = kind,
        Workspace = call.Caller.WorkspaceName,
        Principal = call.Caller.Principal,
        Agent = call.Caller.Agent,
        Transport = call.Caller.Transport,
        CallId = call.Id,
        CallHash = callHash,
        ParametersHash = call.ArgumentsHash,
        Capability = call.Capability.Name,
        CapabilityVersion = call.Capability.Version,
        CapabilityFingerprint = call.Fingerprint,
        Risk = call.Capability.Risk,
        Marks = MarkWords.List(call.Marks),
        PolicyVersion = policy,
        Device = call.Device,
        StartedAt = time.GetUtcNow(),
    };

    [LoggerMessage(LogLevel.Error, "The decision about {Tool} {CallId} has no receipt")]
    private partial void LogNotNoted(Exception exception, string tool, string callId);
}
