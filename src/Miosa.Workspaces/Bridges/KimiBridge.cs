using System.Text.Json.Nodes;

namespace Miosa.Workspaces.Bridges;

/// <summary>Kimi Code: AGENTS.md, skills (also of roles and runbooks), and the project's MCP servers.</summary>
internal sealed class KimiBridge : IRuntimeBridge
{
    public string Runtime => "kimi-code";
    public string Sign => ".kimi-code/mcp.json";
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
                McpServer.Entry(input, Sign, "mcpServers", ("toolTimeoutMs", JsonValue.Create(120_000))),
            ],
            LeftOut = leftOut,
        };
    }
}
