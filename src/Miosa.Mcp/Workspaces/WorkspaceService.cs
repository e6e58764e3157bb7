using System.Text;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Sandboxes;
using Miosa.Mcp.Templates;
using Miosa.Mcp.Workspaces.Views;
using Miosa.Workspaces;

namespace Miosa.Mcp.Workspaces;

/// <summary>The rules of workspaces: where the folder of one is, and what its contract says.</summary>
internal sealed class WorkspaceService(WorkspaceContracts contracts, SandboxService sandboxes, TimeProvider time)
{
    private const string PrimaryName = "workspace";

    /// <summary>Makes, or finds, the primary sandbox. A folder on this machine stays where it is.</summary>
    public async Task<WorkspaceOpened> OpenAsync(Caller caller, string? templateId, CancellationToken cancellationToken)
    {
        var name = caller.WorkspaceName;
        if (!WorkspaceNames.IsName(name))
            throw WorkspaceNames.NotAName(name);
        if (contracts.Row(name) is { Directory: { } directory })
            return Opened(name, await contracts.RefreshAsync(name, cancellationToken)) with { Path = directory };

        var (sandbox, created) = await PrimaryAsync(caller, templateId, cancellationToken);
        var contract = sandbox.State is SandboxState.Running ? await contracts.RefreshAsync(name, cancellationToken) : await contracts.FindAsync(name, cancellationToken);
        return Opened(name, contract) with { SandboxId = sandbox.Id, State = sandbox.State, Created = created };
    }

    /// <summary>The sandbox whose `/workspace` is the folder, running.</summary>
    public async Task<(SandboxRow Sandbox, bool Created)> PrimaryAsync(Caller caller, string? templateId, CancellationToken cancellationToken)
    {
        var name = caller.WorkspaceName;
        if (contracts.Row(name)?.SandboxId is { } id && await sandboxes.FindAsync(caller, id, cancellationToken) is { State: not SandboxState.Destroyed } known)
            return (await sandboxes.WakeAsync(known, cancellationToken), false);
        var primary = (await contracts.FindAsync(name, cancellationToken))?.Workspace.Company.PrimaryDevice;
        var request = new SandboxRequest
        {
            Name = primary is { Kind: DeviceKind.Sandbox, Name: { Length: > 0 } wanted } ? wanted : PrimaryName,
            TemplateId = templateId ?? primary?.Template ?? TemplateService.Default,
            Persistent = true,
        };
        var (sandbox, created) = await sandboxes.CreateAsync(caller, request, cancellationToken);
        await contracts.SetAsync(new WorkspaceRow { Name = name, SandboxId = sandbox.Id, CreatedAt = time.GetUtcNow() }, cancellationToken);
        return (sandbox, created);
    }

    public async Task<BootPack> BootAsync(Caller caller, int tokens, CancellationToken cancellationToken)
    {
        var contract = await contracts.GetAsync(caller, cancellationToken);
        return new BootPacker(contract, caller.Agent is { } agent ? contract.Workspace.FindAgent(agent) : null, tokens).Pack();
    }

    public async Task<ProblemPage> ValidateAsync(Caller caller, Severity least, string? cursor, int limit, CancellationToken cancellationToken)
    {
        await contracts.RefreshAsync(caller.WorkspaceName, cancellationToken);
        return ProblemPage.Of(await contracts.GetAsync(caller, cancellationToken), least, cursor, limit);
    }

    public async Task<AgentView> AgentAsync(Caller caller, string? id, string? cursor, CancellationToken cancellationToken)
    {
        var workspace = (await contracts.GetAsync(caller, cancellationToken)).Workspace;
        return id is null
            ? AgentView.All(workspace, cursor)
            : AgentView.Of(workspace, workspace.FindAgent(id) ?? throw WorkspaceFailures.Unknown("agent", id, workspace.Agents.Select(agent => agent.Id), "agent_get without a name lists them."), cursor);
    }

    public async Task<RunbookView> RunbookAsync(Caller caller, string? id, string? cursor, CancellationToken cancellationToken)
    {
        var workspace = (await contracts.GetAsync(caller, cancellationToken)).Workspace;
        return id is null
            ? RunbookView.All(workspace, cursor)
            : RunbookView.Of(workspace.FindRunbook(id) ?? throw WorkspaceFailures.Unknown("runbook", id, workspace.Runbooks.Select(runbook => runbook.Id), "runbook_get without a name lists them."), cursor);
    }

    public async Task<SkillPage> SkillsAsync(Caller caller, string? query, string? cursor, int limit, CancellationToken cancellationToken) =>
        SkillPage.Of((await contracts.GetAsync(caller, cancellationToken)).Workspace.Skills, query, cursor, limit);

    public async Task<SkillView> SkillAsync(Caller caller, string name, string? section, string? file, string? cursor, CancellationToken cancellationToken)
    {
        var contract = await contracts.GetAsync(caller, cancellationToken);
        var skill = contract.Workspace.FindSkill(name)
            ?? throw WorkspaceFailures.Unknown("skill", name, contract.Workspace.Skills.Select(skill => skill.Name), "skill_list (toolset workspace) and workspace_get list them.");
        if (section is not null && file is not null)
            throw new ToolFailureException(ToolErrorCode.InvalidInput, "`section` and `file` exclude each other.", "Name one of them.");
        if (section is not null)
            return SkillView.Section(skill, section, cursor);
        if (file is null)
            return SkillView.Whole(skill, cursor);
        var found = SkillView.AllFiles(skill).FirstOrDefault(one => one.Name == file)
            ?? throw WorkspaceFailures.Unknown($"file of the skill {skill.Name}", file, SkillView.AllFiles(skill).Select(one => one.Name), "skill_get without file names them.");
        return SkillView.File(skill, found, TextOf(contract.Name, found), cursor);
    }

    public async Task<CompanyView> CompanyAsync(Caller caller, string path, string? cursor, CancellationToken cancellationToken) =>
        CompanyView.Of((await contracts.GetAsync(caller, cancellationToken)).Workspace.Company, path, cursor);

    private string TextOf(string workspace, SkillFile file)
    {
        var bytes = contracts.Mirror(workspace)?.TryRead(file.Path)
            ?? throw new ToolFailureException(ToolErrorCode.NotSupported, $"`{file.Name}` has {file.Bytes} bytes and is not kept at hand.", $"Read /workspace/{file.Path} in the primary sandbox with sandbox_read_file.");
        return bytes.AsSpan().Contains((byte)0)
            ? throw new ToolFailureException(ToolErrorCode.InvalidInput, $"`{file.Name}` is not a text.", $"Use it where it lies, /workspace/{file.Path} in the primary sandbox.")
            : Encoding.UTF8.GetString(bytes);
    }

    private static WorkspaceOpened Opened(string name, WorkspaceContract? contract) => contract is null
        ? new WorkspaceOpened
        {
            Workspace = name,
            HasContract = false,
            NextStep = "There is no contract in the folder yet: write SYSTEM.md, company.yaml, agents/NAME.md and skills/NAME/SKILL.md there; they are read within a second.",
        }
        : new WorkspaceOpened
        {
            Workspace = name,
            HasContract = true,
            Company = ResultBudget.Start(contract.Workspace.Company.Name, 200),
            Agents = contract.Workspace.Agents.Count,
            Skills = contract.Workspace.Skills.Count,
            Runbooks = contract.Workspace.Runbooks.Count,
            Problems = contract.Problems,
            NextStep = contract.Problems.Errors > 0 ? "workspace_validate says what is not in force; then call workspace_get." : "Call workspace_get and work as it says.",
        };
}
