namespace Miosa.Workspaces;

/// <summary>One company's contract folder, understood. Everything in it is as the files said when they were read.</summary>
public sealed record Workspace
{
    /// <summary>The folder, as it was named to the loader. All other paths are relative to it, with `/`.</summary>
    public required string Root { get; init; }

    /// <summary>What an agent reads first: SYSTEM.md, or what stands for it in the dialect. Empty where there is none.</summary>
    public required string BootText { get; init; }

    /// <summary>The files that the boot text came from, in order.</summary>
    public IReadOnlyList<string> BootFiles { get; init; } = [];

    public required Company Company { get; init; }
    public IReadOnlyList<Agent> Agents { get; init; } = [];
    public IReadOnlyList<Skill> Skills { get; init; } = [];
    public IReadOnlyList<Runbook> Runbooks { get; init; } = [];
    public IReadOnlyList<Team> Teams { get; init; } = [];
    public IReadOnlyList<Project> Projects { get; init; } = [];
    public IReadOnlyList<PlannedTask> Tasks { get; init; } = [];
    public IReadOnlyList<Trigger> Triggers { get; init; } = [];

    /// <summary>Files that instruct agents and are neither the boot file nor an agent, a skill or a runbook: CLAUDE.md, SOUL.md, workflows.</summary>
    public IReadOnlyList<InstructionFile> Instructions { get; init; } = [];

    public required FolderInfo Artifacts { get; init; }
    public required FolderInfo Receipts { get; init; }
    public IReadOnlyList<Dialect> Dialects { get; init; } = [];

    /// <summary>Front matter of the boot file.</summary>
    public Fact.Map Extra { get; init; } = Fact.Map.Empty;

    /// <summary>`sha256:` and the hash over the paths and contents of every file the model was made from. Equal means: nothing changed.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The agent with that id; upper and lower case are one.</summary>
    public Agent? FindAgent(string id) => Agents.FirstOrDefault(agent => string.Equals(agent.Id, id, StringComparison.OrdinalIgnoreCase));

    public Skill? FindSkill(string name) => Skills.FirstOrDefault(skill => string.Equals(skill.Name, name, StringComparison.OrdinalIgnoreCase));

    public Runbook? FindRunbook(string id) => Runbooks.FirstOrDefault(runbook => string.Equals(runbook.Id, id, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Which tools an agent may use: those its file names; where it names none, those the workspace names; where that
    /// names none either, what the host offers. Nobody the contract does not know may use any.
    /// </summary>
    public ToolAuthority ToolsOf(string agentId) => FindAgent(agentId) switch
    {
        null => ToolAuthority.Nobody,
        { Tools: { IsStated: true } own } => new ToolAuthority(ToolOrigin.Agent, own.Allow ?? [], [.. own.Deny, .. Company.Tools.Deny]),
        { Tools.Deny: var deny } when Company.Tools.Allow is { } shared => new ToolAuthority(ToolOrigin.Workspace, shared, [.. deny, .. Company.Tools.Deny]),
        { Tools.Deny: var deny } => new ToolAuthority(ToolOrigin.Host, [], [.. deny, .. Company.Tools.Deny]),
    };
}
