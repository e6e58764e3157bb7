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
        var rule = new BootDocument(input, new BootDocument.Limit(Most), listsSkills: false);
        var content = YamlText.FrontMatter([("trigger", "always_on")]) + GeneratedText.Head(BootDocument.Sources(input.Workspace)) + rule.Write();
        leftOut.AddRange(rule.LeftOut.Select(what => $"{Sign} leaves out {what}"));
        var roles = AgentFiles.Write(input, name => $".windsurf/rules/agent-{name}.md", (agent, _) => Header(agent), leftOut).ToList();
        return new BridgeOutput
        {
            Files =
            [
                new BridgeFile.Whole(Sign, content),
                .. roles.OfType<BridgeFile.Whole>().Select(role => role.Content.Length <= Most ? role : Short(role, leftOut)),
                .. SkillFiles.Write(input, ".windsurf/skills/", leftOut),
                .. RunbookFiles.Write(input, name => $".windsurf/workflows/{name}.md", runbook => YamlText.FrontMatter([("description", RunbookFiles.Describe(runbook))]), leftOut, Most),
            ],
            LeftOut = leftOut,
            ByHand = [McpServer.ByHand(input, "Windsurf", "~/.codeium/windsurf/mcp_config.json")],
        };
    }

    private static string Header(Agent agent) =>
        YamlText.FrontMatter([("trigger", "model_decision"), ("description", YamlText.Scalar($"When acting as {agent.Title ?? agent.Name}: {AgentFiles.Describe(agent)}"))]);

    private static BridgeFile.Whole Short(BridgeFile.Whole role, List<string> leftOut)
    {
        var head = role.Content.IndexOf($"<!-- {GeneratedMarker.Text}", StringComparison.Ordinal);
        var line = role.Content.IndexOf('\n', head) + 1;
        leftOut.Add($"{role.Path}: longer than {Most} characters, so the rule says where to read it");
        return role with { Content = $"{role.Content.AsSpan(0, line)}\nRead the file named above whole before you act in this role. It is too long to stand here.\n" };
    }
}
