namespace Miosa.Workspaces.Bridges;

/// <summary>Claude Code: CLAUDE.md, agents, skills, a command for each runbook, and the project's MCP servers.</summary>
internal sealed class ClaudeCodeBridge : IRuntimeBridge
{
    /// <summary>Longer files are read, with a warning about what they cost.</summary>
    private static readonly BootDocument.Limit Limit = new(40_000);

    private static readonly string[] Models = ["haiku", "sonnet", "opus", "inherit"];

    public string Runtime => "claude-code";
    public string Sign => "CLAUDE.md";
    public IReadOnlyList<string> Folders => [".claude/agents", ".claude/skills", ".claude/commands"];

    public BridgeOutput Write(BridgeInput input)
    {
        List<string> leftOut = [];
        return new BridgeOutput
        {
            Files =
            [
                .. BootDocument.File(input, "CLAUDE.md", Limit, leftOut),
                .. AgentFiles.Write(input, name => $".claude/agents/{name}.md", (agent, name) => Header(input, agent, name), leftOut),
                .. SkillFiles.Write(input, ".claude/skills/", leftOut),
                .. RunbookFiles.Write(input, name => $".claude/commands/{name}.md", RunbookFiles.Header, leftOut),
                McpServer.Entry(input, ".mcp.json", "mcpServers"),
            ],
            LeftOut = leftOut,
        };
    }

    /// <summary>An agent whose file names tools gets those and what reads the folder, and none that acts on the person's own machine.</summary>
    private static string Header(BridgeInput input, Agent agent, string name) => YamlText.FrontMatter(
    [
        ("name", name),
        ("description", YamlText.Scalar(AgentFiles.Describe(agent))),
        ("tools", AgentFiles.Tools(input, agent, $"mcp__{McpServer.Key}__") is { } tools ? string.Join(", ", (string[])["Read", "Grep", "Glob", "Skill", .. tools]) : null),
        ("model", Models.Contains(agent.Model, StringComparer.OrdinalIgnoreCase) ? agent.Model!.ToLowerInvariant() : null),
    ]);
}
