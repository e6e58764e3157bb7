namespace Miosa.Workspaces.Bridges;

/// <summary>Cursor: a rule that always holds, agents, skills, a command for each runbook, and its MCP servers.</summary>
internal sealed class CursorBridge : IRuntimeBridge
{
    private static readonly BootDocument.Limit Limit = new(24_000);

    public string Runtime => "cursor";
    public string Sign => ".cursor/rules/company.mdc";
    public IReadOnlyList<string> Folders => [".cursor/rules", ".cursor/agents", ".cursor/skills", ".cursor/commands"];

    public BridgeOutput Write(BridgeInput input)
    {
        List<string> leftOut = [];
        var header = YamlText.FrontMatter([("description", YamlText.Scalar($"How {input.Workspace.Company.Name} works")), ("globs", ""), ("alwaysApply", "true")]);
        return new BridgeOutput
        {
            Files =
            [
                BootDocument.Rule(input, Sign, Limit, header, leftOut),
                .. AgentFiles.Write(input, name => $".cursor/agents/{name}.md", Header, leftOut),
                .. SkillFiles.Write(input, ".cursor/skills/", leftOut),
                .. RunbookFiles.Write(input, name => $".cursor/commands/{name}.md", _ => "", leftOut),
                McpServer.Entry(input, ".cursor/mcp.json", "mcpServers"),
            ],
            LeftOut = input.Workspace.Agents.Any(agent => AgentFiles.Tools(input, agent, "") is not null) ? [.. leftOut, "agents' tools: Cursor's agents cannot name any; the server keeps to them for whoever connects as that agent"] : leftOut,
        };
    }

    private static string Header(Agent agent, string name) => YamlText.FrontMatter([("name", name), ("description", YamlText.Scalar(AgentFiles.Describe(agent))), ("model", "inherit")]);
}
