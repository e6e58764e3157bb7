namespace Miosa.Workspaces.Bridges;

/// <summary>Windsurf: a rule that always holds and one for each role, skills, and a workflow for each runbook. A file has 12,000 characters at most.</summary>
internal sealed class WindsurfBridge : IRuntimeBridge
{
    private const int Most = 12_000;

    public string Runtime => "windsurf";
    public string Sign => ".windsurf/rules/company.md";
    public IReadOnlyList<string> Folders => [".windsurf/rules", ".windsurf/skills", ".windsurf/workflows"];

    public BridgeOutput Write(BridgeInput input)
    {
        List<string> leftOut = [];
        return new BridgeOutput
        {
            Files =
            [
                BootDocument.Rule(input, Sign, new BootDocument.Limit(Most), YamlText.FrontMatter([("trigger", "always_on")]), leftOut),
                .. AgentFiles.Write(input, name => $".windsurf/rules/agent-{name}.md", (agent, _) => Header(agent), leftOut).OfType<BridgeFile.Whole>().Select(role => role.Content.Length <= Most ? role : Short(role, leftOut)),
                .. SkillFiles.Write(input, ".windsurf/skills/", leftOut),
                .. RunbookFiles.Write(input, name => $".windsurf/workflows/{name}.md", RunbookFiles.Header, leftOut, Most),
            ],
            LeftOut = leftOut,
            ByHand = [McpServer.ByHand(input, "Windsurf", "~/.codeium/windsurf/mcp_config.json")],
        };
    }

    private static string Header(Agent agent) =>
        YamlText.FrontMatter([("trigger", "model_decision"), ("description", YamlText.Scalar($"When acting as {agent.Title ?? agent.Name}: {AgentFiles.Describe(agent)}"))]);

    private static BridgeFile.Whole Short(BridgeFile.Whole role, List<string> leftOut)
    {
        var head = role.Content.IndexOf(GeneratedMarker.Line, StringComparison.Ordinal);
        var line = role.Content.IndexOf('\n', head) + 1;
        leftOut.Add($"{role.Path}: longer than {Most} characters, so the rule says where to read it");
        return role with { Content = $"{role.Content.AsSpan(0, line)}\nRead the file named above whole before you act in this role. It is too long to stand here.\n" };
    }
}
