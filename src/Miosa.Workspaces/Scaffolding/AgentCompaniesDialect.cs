using Miosa.Workspaces.Bridges;

namespace Miosa.Workspaces.Scaffolding;

/// <summary>Agent Companies: COMPANY.md with the facts in its head, a folder for each agent, procedures as tasks, the schedule in the vendor's sidecar.</summary>
internal sealed class AgentCompaniesDialect(IReadOnlyDictionary<string, string> template, CompanyName company)
{
    private readonly TemplateParts _parts = new(template);

    public SortedDictionary<string, string> Write()
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["COMPANY.md"] = $"---\nschema: agentcompanies/v1\nversion: 0.1.0\n{_parts.Facts.TrimEnd('\n')}\n---\n\n{Words(_parts.Boot)}",
        };
        foreach (var (path, text) in _parts.Skills.Concat(_parts.Rest))
            files[path] = Words(text);
        foreach (var (name, front, body) in _parts.Agents)
            files[$"agents/{name}/AGENTS.md"] = Words($"---\n{front}\n---\n{body}");
        foreach (var (name, front, body) in _parts.Runbooks)
            files[$"tasks/{name}/TASK.md"] = Words(Task(name, front, body));
        if (Sidecar() is { } sidecar)
            files[".paperclip.yaml"] = sidecar;
        return files;
    }

    private string Words(string text)
    {
        foreach (var (name, _, _) in _parts.Agents)
            text = text.Replace($"agents/{name}.md", $"agents/{name}/AGENTS.md", StringComparison.Ordinal);
        foreach (var (name, _, _) in _parts.Runbooks)
            text = text.Replace($"runbooks/{name}.md", $"tasks/{name}/TASK.md", StringComparison.Ordinal);
        return text.Replace("runbooks/", "tasks/", StringComparison.Ordinal).Replace("company.yaml", "COMPANY.md", StringComparison.Ordinal).Replace("SYSTEM.md", "COMPANY.md", StringComparison.Ordinal);
    }

    private static string Task(string name, string front, string body) =>
        "---\n"
        + $"name: {name}\n"
        + $"description: {YamlText.Scalar(TemplateParts.Field(front, "description") ?? name)}\n"
        + (TemplateParts.Field(front, "owner") is { } owner ? $"assignee: {owner}\n" : "")
        + (TemplateParts.Field(front, "cron", "  ") is null ? "" : "recurring: true\n")
        + $"---\n{body}";

    private string? Sidecar()
    {
        var scheduled = _parts.Scheduled;
        return scheduled is [] ? null : $"# What {company.Name} needs from the platform it runs on.\nschema: paperclip/v1\nroutines:\n" + string.Concat(scheduled.Select(runbook =>
            $"""
              {runbook.Name}:
                triggers:
                  - kind: schedule
                    cronExpression: "{TemplateParts.Field(runbook.Front, "cron", "  ")}"
                    timezone: {TemplateParts.Field(runbook.Front, "timezone", "  ") ?? "UTC"}

            """));
    }
}
