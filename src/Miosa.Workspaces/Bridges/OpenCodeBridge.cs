using System.Text.Json.Nodes;

namespace Miosa.Workspaces.Bridges;

/// <summary>OpenCode: AGENTS.md, agents, skills, a command for each runbook, and opencode.json.</summary>
internal sealed class OpenCodeBridge : IRuntimeBridge
{
    public string Runtime => "opencode";
    public string Sign => "opencode.json";
    public IReadOnlyList<string> Folders => [".opencode/agent", ".opencode/skills", ".opencode/command"];

    public BridgeOutput Write(BridgeInput input)
    {
        List<string> leftOut = [];
        return new BridgeOutput
        {
            Files =
            [
                .. BootDocument.AgentsMd(input, leftOut),
                .. AgentFiles.Write(input, name => $".opencode/agent/{name}.md", (agent, _) => Header(input, agent), leftOut),
                .. SkillFiles.Write(input, ".opencode/skills/", leftOut),
                .. RunbookFiles.Write(input, name => $".opencode/command/{name}.md", RunbookFiles.Header, leftOut),
                new BridgeFile.Entry("opencode.json", "mcp", McpServer.Key, Server(input), [new("$schema", "https://opencode.ai/config.json")]),
            ],
            LeftOut = leftOut,
        };
    }

    private static JsonObject Server(BridgeInput input) => new()
    {
        ["type"] = "local",
        ["command"] = new JsonArray([input.Command, .. input.Arguments.Select(argument => (JsonNode)argument)]),
        ["enabled"] = true,
        ["timeout"] = 10_000,
    };

    /// <summary>A key it does not know would be sent to the model's provider, so there are none. Of the permissions the last that fits counts.</summary>
    private static string Header(BridgeInput input, Agent agent) => YamlText.FrontMatter(
    [
        ("description", YamlText.Scalar(AgentFiles.Describe(agent))),
        ("mode", "all"),
        ("permission", AgentFiles.Tools(input, agent, $"{McpServer.Key}_") is { } tools
            ? $$"""{"edit": "deny", "bash": "deny", "webfetch": "deny", "{{McpServer.Key}}_*": "deny"{{string.Concat(tools.Select(tool => $", \"{tool}\": \"allow\""))}}}"""
            : null),
    ]);
}
