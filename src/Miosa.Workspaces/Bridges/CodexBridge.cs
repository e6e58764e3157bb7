namespace Miosa.Workspaces.Bridges;

/// <summary>Codex: AGENTS.md, skills (also of roles and runbooks, for which it has no place in a project), and the trusted project's MCP servers.</summary>
internal sealed class CodexBridge : IRuntimeBridge
{
    public string Runtime => "codex";
    public string Sign => ".codex/config.toml";
    public IReadOnlyList<string> Folders => [".agents/skills"];

    public BridgeOutput Write(BridgeInput input)
    {
        List<string> leftOut = [];
        return new BridgeOutput
        {
            Files =
            [
                .. BootDocument.AgentsMd(input, leftOut),
                .. SkillFiles.Write(input, ".agents/skills/", leftOut),
                .. SkillFiles.Roles(input, ".agents/skills/", leftOut),
                .. SkillFiles.Runbooks(input, ".agents/skills/", leftOut),
                new BridgeFile.Lines(".codex/config.toml", Config(input), [$"[mcp_servers.{McpServer.Key}]", $"[mcp_servers.\"{McpServer.Key}\"]"]),
            ],
            LeftOut = leftOut,
        };
    }

    /// <summary>Required: otherwise it gives up on a server that does not answer within a second.</summary>
    private static string Config(BridgeInput input) =>
        $"""
        [mcp_servers.{McpServer.Key}]
        command = {YamlText.Quoted(input.Command)}
        args = {YamlText.Sequence(input.Arguments)}
        required = true
        tool_timeout_sec = 120

        """;
}
