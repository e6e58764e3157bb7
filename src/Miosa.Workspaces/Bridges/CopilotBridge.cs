namespace Miosa.Workspaces.Bridges;

/// <summary>GitHub Copilot, in editors and in the terminal: instructions, agents, skills, a prompt for each runbook, and the MCP servers of both.</summary>
internal sealed class CopilotBridge : IRuntimeBridge
{
    private static readonly BootDocument.Limit Limit = new(24_000);

    public string Runtime => "copilot";
    public string Sign => ".github/copilot-instructions.md";
    public IReadOnlyList<string> Folders => [".github/agents", ".github/skills", ".github/prompts"];

    public BridgeOutput Write(BridgeInput input)
    {
        List<string> leftOut = [];
        return new BridgeOutput
        {
            Files =
            [
                .. BootDocument.File(input, Sign, Limit, leftOut),
                .. AgentFiles.Write(input, name => $".github/agents/{name}.agent.md", (agent, name) => Header(input, agent, name), leftOut),
                .. SkillFiles.Write(input, ".github/skills/", leftOut),
                .. RunbookFiles.Write(input, name => $".github/prompts/{name}.prompt.md", RunbookFiles.Header, leftOut),
                McpServer.Entry(input, ".vscode/mcp.json", "servers", ("type", "stdio")),
                McpServer.Entry(input, ".mcp.json", "mcpServers"),
            ],
            LeftOut = leftOut,
        };
    }

    private static string Header(BridgeInput input, Agent agent, string name) => YamlText.FrontMatter(
    [
        ("name", name),
        ("description", YamlText.Scalar(AgentFiles.Describe(agent))),
        ("tools", AgentFiles.Tools(input, agent, $"{McpServer.Key}/") is { } tools ? YamlText.Sequence(["read", "search", .. tools]) : null),
    ]);
}
