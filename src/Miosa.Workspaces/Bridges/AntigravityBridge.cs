namespace Miosa.Workspaces.Bridges;

/// <summary>Antigravity: a rule that always holds, skills (also of roles), a workflow for each runbook, and the MCP servers. A file has 12,000 characters at most.</summary>
internal sealed class AntigravityBridge : IRuntimeBridge
{
    private const int Most = 12_000;

    public string Runtime => "antigravity";
    public string Sign => ".agents/rules/company.md";
    public IReadOnlyList<string> Folders => [".agents/rules", ".agents/skills", ".agents/workflows"];

    public BridgeOutput Write(BridgeInput input)
    {
        List<string> leftOut = [];
        return new BridgeOutput
        {
            Files =
            [
                BootDocument.Rule(input, Sign, new BootDocument.Limit(Most), YamlText.FrontMatter([("trigger", "always_on")]), leftOut),
                .. SkillFiles.Write(input, ".agents/skills/", leftOut),
                .. SkillFiles.Roles(input, ".agents/skills/", leftOut),
                .. RunbookFiles.Write(input, name => $".agents/workflows/{name}.md", RunbookFiles.Header, leftOut, Most),
                McpServer.Entry(input, ".agents/mcp_config.json", "mcpServers"),
            ],
            LeftOut = leftOut,
        };
    }
}
