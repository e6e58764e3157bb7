using System.Text.Json;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;

namespace Miosa.Mcp.Approvals;

/// <summary>Tells what becomes of requests: in the journal, and to the webhook where there is one. Never what a call's arguments are.</summary>
internal sealed class ApprovalNews(Journal journal, DeliveryStore deliveries, IOptions<ApprovalOptions> options, ApprovalSignal signal, TimeProvider time)
{
    public Task RequiredAsync(ApprovalRow row) => TellAsync("approval.required", row, new
    {
        approval_id = row.Id,
        kind = row.Kind,
        tool = row.Tool,
        capability = row.Capability,
        risk = row.Risk,
        marks = row.Marks,
        reasons = row.Reasons,
        asked_by = row.Principal,
        agent = row.Agent,
        call_hash = row.Binding.CallHash,
        expires_at = row.ExpiresAt,
    });

    public Task DecidedAsync(ApprovalRow row) => TellAsync("approval.decided", row, new
    {
        approval_id = row.Id,
        kind = row.Kind,
        tool = row.Tool,
        capability = row.Capability,
        decision = row.DecidedAs(),
        decided_by = row.DecidedBy,
        via = row.DecidedVia,
        edited = row.EditedBinding is not null,
        call_hash = row.Binding.CallHash,
        edited_call_hash = row.EditedBinding?.CallHash,
        grant_id = row.GrantId,
    });

    public Task ExpiredAsync(ApprovalRow row) => TellAsync("approval.expired", row, new { approval_id = row.Id, tool = row.Tool, capability = row.Capability });

    public Task VoidedAsync(ApprovalRow row, string code) => TellAsync("approval.voided", row, new { approval_id = row.Id, tool = row.Tool, capability = row.Capability, code });

    /// <summary>A host ended between consuming an approval and the end of its call.</summary>
    public Task LeftAsync(ApprovalRow row) => TellAsync("approval.interrupted", row, new { approval_id = row.Id, tool = row.Tool, capability = row.Capability, call_id = row.CallId, outcome = row.Outcome });

    public Task GrantAsync(string type, Grant grant, string by) => TellAsync(type, grant.Workspace, null, by, new
    {
        grant_id = grant.Id,
        capability = grant.Capability,
        principal = grant.Principal,
        agent = grant.Agent,
        until = grant.Until,
        uses_left = grant.UsesLeft,
    });

    private Task TellAsync(string type, ApprovalRow row, object data) => TellAsync(type, row.Workspace, row.Device, row.State is ApprovalState.Pending ? row.Principal : row.DecidedBy ?? row.Principal, data);

    private async Task TellAsync(string type, string workspace, string? device, string principal, object data)
    {
        try
        {
            var id = await journal.AppendAsync(new JournalEvent(type) { Workspace = workspace, Device = device, Principal = principal, Data = data }, CancellationToken.None);
            if (options.Value.Webhook.Url is not null)
                await deliveries.AddAsync(id, type, JsonSerializer.Serialize(new { id, type, created_at = time.GetUtcNow(), workspace, data }, EventJson.Options), CancellationToken.None);
        }
        finally
        {
            // Whoever waits looks for themselves at what became of it, whether or not it could be told.
            signal.Raise();
        }
    }
}
