using System.Text;

namespace Miosa.Workspaces.Bridges;

/// <summary>OpenClaw: its workspace files. It takes the contract's own `skills/`, so only roles and runbooks are written as skills.</summary>
internal sealed class OpenClawBridge : IRuntimeBridge
{
    public string Runtime => "openclaw";
    public string Sign => "IDENTITY.md";
    public IReadOnlyList<string> Folders => [".agents/skills"];

    public BridgeOutput Write(BridgeInput input)
    {
        List<string> leftOut = [];
        return new BridgeOutput
        {
            Files =
            [
                .. BootDocument.AgentsMd(input, leftOut),
                .. Own(input, "IDENTITY.md", Identity(input.Workspace.Company)),
                .. Own(input, "SOUL.md", Soul(input.Workspace.Company)),
                .. Own(input, "TOOLS.md", $"\n# Tools\n\nThe MCP server `{McpServer.Key}` has the company's devices and its contract. Call `workspace_get` first, then work with the `sandbox_*` tools. An answer `PENDING_APPROVAL` means that a person is asked: wait, do not go around.\n"),
                .. input.Workspace.Runbooks.Any(runbook => runbook.Schedule is not null) ? Own(input, "HEARTBEAT.md", Heartbeat(input.Workspace)) : [],
                .. input.Workspace.Skills.All(skill => skill.Folder.StartsWith("skills/", StringComparison.Ordinal)) ? [] : SkillFiles.Write(input, ".agents/skills/", leftOut),
                .. SkillFiles.Roles(input, ".agents/skills/", leftOut),
                .. SkillFiles.Runbooks(input, ".agents/skills/", leftOut),
            ],
            LeftOut = leftOut,
            ByHand = [McpServer.ByHand(input, "OpenClaw", "~/.openclaw/openclaw.json (`mcp.servers`)")],
        };
    }

    private static IEnumerable<BridgeFile> Own(BridgeInput input, string path, string content) =>
        input.Workspace.BootFiles.Contains(path, StringComparer.Ordinal) ? [] : [new BridgeFile.Boot(path, content)];

    private static string Identity(Company company) =>
        Harmless.Make($"\n# Identity\n\n- Name: {YamlText.OneLine(company.Name)}\n- What: {YamlText.OneLine(company.Description ?? "a company, run from this folder")}\n");

    private static string Soul(Company company)
    {
        var text = new StringBuilder("\n# Soul\n\n");
        if (company.Mission is { } mission)
            text.Append(YamlText.OneLine(mission)).Append("\n\n");
        if (company.Facts["brand"] is Fact.Map brand)
            text.Append("How we speak and look:\n\n```yaml\n").Append(YamlText.Of(brand)).Append("```\n\n");
        return Harmless.Make(text.Append("AGENTS.md says how work is done here.\n").ToString());
    }

    private static string Heartbeat(Workspace workspace)
    {
        var text = new StringBuilder("\n# Heartbeat\n\nWhat is due, and nothing else:\n\n");
        foreach (var runbook in workspace.Runbooks.Where(runbook => runbook.Schedule is not null))
            text.Append($"- {YamlText.OneLine(runbook.Name)}: `{runbook.Schedule!.Cron}` in {runbook.Schedule.TimeZone}. Follow `{runbook.Path}`, unless `receipts/` says that it was done.\n");
        return Harmless.Make(text.ToString());
    }
}
