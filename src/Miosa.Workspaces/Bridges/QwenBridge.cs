namespace Miosa.Workspaces.Bridges;

/// <summary>Qwen Code: QWEN.md, agents, skills, a command for each runbook, and settings.json.</summary>
internal sealed class QwenBridge : IRuntimeBridge
{
    private static readonly BootDocument.Limit Limit = new(40_000);

    public string Runtime => "qwen-code";
    public string Sign => "QWEN.md";
    public IReadOnlyList<string> Folders => [".qwen/agents", ".qwen/skills", ".qwen/commands"];

    public BridgeOutput Write(BridgeInput input)
    {
        List<string> leftOut = [];
        return new BridgeOutput
        {
            Files =
            [
                .. BootDocument.File(input, "QWEN.md", Limit, leftOut),
                .. AgentFiles.Write(input, name => $".qwen/agents/{name}.md", (agent, name) => Header(input, agent, name), leftOut),
                .. SkillFiles.Write(input, ".qwen/skills/", leftOut),
                .. RunbookFiles.Write(input, name => $".qwen/commands/{name}.md", RunbookFiles.Header, leftOut),
                McpServer.Entry(input, ".qwen/settings.json", "mcpServers", ("trust", true)),
            ],
            LeftOut = leftOut,
        };
    }

    /// <summary>Its reader of headers knows lists with one item a line only, so that there may be many: the marker is in the first.</summary>
    private static string Header(BridgeInput input, Agent agent, string name) => YamlText.FrontMatter(
    [
        (GeneratedMarker.FrontLine, "see below"),
        ("name", name),
        ("description", YamlText.Scalar(AgentFiles.Describe(agent))),
        ("tools", AgentFiles.Tools(input, agent, $"mcp__{McpServer.Key}__") is { } tools ? YamlText.Lines(["read_file", "list_directory", "glob", "grep_search", .. tools]) : null),
    ]);
}
