namespace Miosa.Workspaces.Scaffolding;

/// <summary>OpenClaw's workspace: one agent with a soul, which plays all roles.</summary>
internal sealed class OpenClawDialect(IReadOnlyDictionary<string, string> template)
{
    private readonly TemplateParts _parts = new(template);

    public SortedDictionary<string, string> Write()
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["AGENTS.md"] = AgentsMdDialect.Document(_parts, "skills/"),
            ["IDENTITY.md"] = $"# Identity\n\n- Name: {TemplateParts.Field(_parts.Facts, "name")}\n- What: {TemplateParts.Field(_parts.Facts, "description")}\n",
            ["SOUL.md"] = $"# Soul\n\n{TemplateParts.Field(_parts.Facts, "mission")}\n\nPlain words. True before fast. A refusal of a person is an answer, not an obstacle.\n",
            ["USER.md"] = "# User\n\nWhom you work for: write down here what you learn about the person, their time zone, and how they like to be told things.\n",
            ["TOOLS.md"] = "# Tools\n\nThe MCP server `miosa` has the company's devices. Work in its sandboxes, not on the machine you run on. An answer `PENDING_APPROVAL` means that a person is asked: wait.\n",
        };
        var scheduled = _parts.Scheduled;
        if (scheduled is not [])
            files["HEARTBEAT.md"] = "# Heartbeat\n\n" + string.Concat(scheduled.Select(runbook => $"- `{TemplateParts.Field(runbook.Front, "cron", "  ")}` in {TemplateParts.Field(runbook.Front, "timezone", "  ") ?? "UTC"}: follow `skills/run-{runbook.Name}/SKILL.md`, unless `receipts/` says that it was done.\n"));
        foreach (var (path, text) in AgentsMdDialect.Skills(_parts, "skills/").Concat(_parts.Rest))
            files[path] = AgentsMdDialect.Words(text, "skills/");
        return files;
    }
}
