using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Miosa.Mcp.Calls;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Approvals;

/// <summary>To see how requests stand. None of these approves anything.</summary>
[McpServerToolType]
internal sealed class ApprovalTools(ApprovalService approvals, CapabilityCatalog catalog, PolicyKeeper policies)
{
    private const string Toolset = "approvals";
    private const int LongestWait = 50;

    [McpServerTool(Name = "approval_get")]
    [Capability("approval.get", Risk.Read)]
    [Description("Get how a request for a person's approval stands, waiting for the answer. Once it is approved, make the same call again.")]
    public async Task<Approval> Get(
        Caller caller,
        string approval_id,
        [Description("Wait this long for an answer."), Range(0, LongestWait)] int wait_seconds = 25,
        CancellationToken cancellationToken = default) =>
        Approval.From(await approvals.WaitAsync(caller.WorkspaceName, approval_id, TimeSpan.FromSeconds(wait_seconds), cancellationToken));

    [McpServerTool(Name = "approval_list")]
    [Capability("approval.list", Risk.Read, Toolset = Toolset)]
    [Description("List requests for a person's approval in this workspace, the latest first.")]
    public async Task<ApprovalPage> List(
        Caller caller,
        [AllowedValues("pending", "approved", "denied", "revision_requested", "expired", "voided", "consumed")] string? state = null,
        [Description("next_cursor of the page before.")] string? cursor = null,
        [Range(1, 10)] int limit = 8,
        CancellationToken cancellationToken = default) =>
        ApprovalPage.From(
            await approvals.ListAsync(caller.WorkspaceName, state is null ? null : Enum.Parse<ApprovalState>(state.Replace("_", "", StringComparison.Ordinal), ignoreCase: true), cursor, limit + 1, cancellationToken), limit);

    [McpServerTool(Name = "capability_list")]
    [Capability("capability.list", Risk.Read, Toolset = Toolset)]
    [Description("List what each tool does to the world (risk, marks, scope), and whether a person would be asked before it runs.")]
    public async Task<CapabilityPage> Capabilities(
        Caller caller,
        [Description("Part of a name, such as sandbox.")] string? name = null,
        [Description("next_cursor of the page before.")] string? cursor = null,
        [Range(1, 25)] int limit = 20,
        CancellationToken cancellationToken = default)
    {
        var policy = await policies.ForAsync(caller, cancellationToken);
        var rows = catalog.Visible(caller, policy)
            .Where(capability => name is null || capability.Declared.Name.Contains(name, StringComparison.OrdinalIgnoreCase))
            .Where(capability => cursor is null || string.CompareOrdinal(capability.Declared.Name, cursor) > 0)
            .Take(limit + 1).ToList();
        return CapabilityPage.From(rows, limit, caller, policy);
    }
}
