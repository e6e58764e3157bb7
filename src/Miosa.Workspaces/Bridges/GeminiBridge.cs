namespace Miosa.Workspaces.Bridges;

/// <summary>Gemini CLI: GEMINI.md, agents, skills (also of runbooks: its commands would run what a text names) where it looks last, and settings.json.</summary>
internal sealed class GeminiBridge : IRuntimeBridge
{
    private static readonly BootDocument.Limit Limit = new(40_000);

    public string Runtime => "gemini-cli";
    public string Sign => "GEMINI.md";
    public IReadOnlyList<string> Folders => [".gemini/agents", ".agents/skills"];

    public BridgeOutput Write(BridgeInput input)
    {
        List<string> leftOut = [];
        return new BridgeOutput
        {
            Files =
            [
                .. BootDocument.File(input, Sign, Limit, leftOut),
                .. AgentFiles.Write(input, name => $".gemini/agents/{name}.md", (agent, name) => Header(input, agent, name), leftOut),
                .. SkillFiles.Write(input, ".agents/skills/", leftOut),
                .. SkillFiles.Runbooks(input, ".agents/skills/", leftOut),
                McpServer.Entry(input, ".gemini/settings.json", "mcpServers", ("trust", true)),
            ],
            LeftOut = leftOut,
        };
    }

    /// <summary>It refuses a file with a key that it does not know.</summary>
    private static string Header(BridgeInput input, Agent agent, string name) => YamlText.FrontMatter(
    [
        ("name", name),
        ("description", YamlText.Scalar(AgentFiles.Describe(agent))),
        ("kind", "local"),
        ("tools", AgentFiles.Tools(input, agent, $"mcp_{McpServer.Key}_") is { } tools ? YamlText.Sequence(["read_file", "list_directory", "glob", "grep_search", .. tools]) : null),
    ]);
}
