using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Workspaces.Views;
using Miosa.Workspaces;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Workspaces;

[McpServerToolType]
internal sealed class WorkspaceTools(WorkspaceService workspaces)
{
    private const string Toolset = "workspace";

    [McpServerTool(Name = "workspace_get")]
    [Capability("workspace.get", Risk.Read)]
    [Description("Get the company contract you work under: how this company works, your role, its agents, skills and runbooks. Call it before anything else.")]
    public Task<BootPack> Get(
        Caller caller,
        [Description("How much may be said; what is left out is named."), Range(500, 12_000)] int tokens = 1_800,
        CancellationToken cancellationToken = default) => workspaces.BootAsync(caller, tokens, cancellationToken);

    [McpServerTool(Name = "workspace_open")]
    [Capability("workspace.open", Risk.Write, Idempotent = true, Toolset = Toolset, Permission = Permissions.SetPrimaryDevice)]
    [Description("Open the folder of this workspace: wake or make the primary sandbox whose /workspace holds the company contract, and tell its sandbox_id.")]
    public Task<WorkspaceOpened> Open(
        Caller caller,
        [Description("What a new one starts as; what the contract or the host says if absent.")] string? template_id = null,
        CancellationToken cancellationToken = default) => workspaces.OpenAsync(caller, template_id, cancellationToken);

    [McpServerTool(Name = "workspace_validate")]
    [Capability("workspace.validate", Risk.Read, Toolset = Toolset)]
    [Description("Check the company contract: every problem with file, line, what is wrong and how to mend it.")]
    public Task<ProblemPage> Validate(
        Caller caller,
        [Description("Leave out what weighs less."), AllowedValues("info", "warning", "error")] string severity = "info",
        [Description("next_cursor of the page before.")] string? cursor = null,
        [Range(1, 200)] int limit = 50,
        CancellationToken cancellationToken = default) =>
        workspaces.ValidateAsync(caller, Enum.Parse<Severity>(severity, ignoreCase: true), cursor, limit, cancellationToken);

    [McpServerTool(Name = "skill_list")]
    [Capability("skill.list", Risk.Read, Toolset = Toolset)]
    [Description("List the skills of this company, what each does and when to use it; or find those that a query describes.")]
    public Task<SkillPage> Skills(
        Caller caller,
        [Description("Words that the name or the description has.")] string? query = null,
        [Description("next_cursor of the page before.")] string? cursor = null,
        [Range(1, 200)] int limit = 50,
        CancellationToken cancellationToken = default) => workspaces.SkillsAsync(caller, query, cursor, limit, cancellationToken);

    [McpServerTool(Name = "skill_get")]
    [Capability("skill.get", Risk.Read)]
    [Description("Read a skill of this company: how a task is done here; a section of a long one, or a file beside it.")]
    public Task<SkillView> Skill(
        Caller caller,
        [Description("As workspace_get names it.")] string name,
        [Description("Only the section of this title.")] string? section = null,
        [Description("A file of the skill instead, by the name it has there.")] string? file = null,
        [Description("next_cursor of the part before.")] string? cursor = null,
        CancellationToken cancellationToken = default) => workspaces.SkillAsync(caller, name, section, file, cursor, cancellationToken);

    [McpServerTool(Name = "agent_get")]
    [Capability("agent.get", Risk.Read, Toolset = Toolset)]
    [Description("Read what an agent of this company is for: scope, authority, standards, tools, to whom it escalates; without a name, list the agents.")]
    public Task<AgentView> Agent(
        Caller caller,
        [Description("Its id.")] string? name = null,
        [Description("next_cursor of the part before.")] string? cursor = null,
        CancellationToken cancellationToken = default) => workspaces.AgentAsync(caller, name, cursor, cancellationToken);

    [McpServerTool(Name = "runbook_get")]
    [Capability("runbook.get", Risk.Read, Toolset = Toolset)]
    [Description("Read a runbook of this company: the steps of a repeated procedure and how to check that it is done; without a name, list the runbooks.")]
    public Task<RunbookView> Runbook(
        Caller caller,
        [Description("Its id.")] string? name = null,
        [Description("next_cursor of the part before.")] string? cursor = null,
        CancellationToken cancellationToken = default) => workspaces.RunbookAsync(caller, name, cursor, cancellationToken);

    [McpServerTool(Name = "company_get")]
    [Capability("company.get", Risk.Read, Toolset = Toolset)]
    [Description("Look up a fact of this company, such as its offers, prices or brand, by its path in company.yaml; without a path, all of it.")]
    public Task<CompanyView> Company(
        Caller caller,
        [Description("Such as offers.0.price.")] string path = "",
        [Description("next_cursor of the part before.")] string? cursor = null,
        CancellationToken cancellationToken = default) => workspaces.CompanyAsync(caller, path, cursor, cancellationToken);
}
