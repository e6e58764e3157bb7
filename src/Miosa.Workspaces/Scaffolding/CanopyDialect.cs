namespace Miosa.Workspaces.Scaffolding;

/// <summary>The workspace protocol: agents in its eight sections, procedures in workflows/, what is scheduled as triggers.</summary>
internal sealed class CanopyDialect(IReadOnlyDictionary<string, string> template)
{
    private readonly TemplateParts _parts = new(template);

    public SortedDictionary<string, string> Write()
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["SYSTEM.md"] = Words(_parts.Boot),
            ["company.yaml"] = Words(_parts.Facts),
            ["reference/README.md"] = "# Reference\n\nWhat agents look things up in. Nothing here is read at boot.\n",
        };
        foreach (var (path, text) in _parts.Skills.Concat(_parts.Rest))
            files[path] = Words(text);
        foreach (var (name, front, body) in _parts.Agents)
            files[$"agents/{name}.md"] = Words(Agent(name, front, body));
        foreach (var (name, front, body) in _parts.Runbooks)
            files[$"workflows/{name}.md"] = Words($"---\n{front}\n---\n{body}");
        if (Triggers() is { } triggers)
            files["paperclip.manifest.yaml"] = triggers;
        return files;
    }

    private static string Words(string text) => text.Replace("runbooks/", "workflows/", StringComparison.Ordinal);

    private static string Agent(string name, string front, string body)
    {
        var skills = TemplateParts.Field(front, "skills")?.Trim('[', ']') is { Length: > 0 } list ? list.Split(", ") : [];
        return $"""
            ---
            id: {name}
            role: {TemplateParts.Field(front, "title") ?? name}
            {front}
            adapter: osa
            context_tier: l1
            ---

            ## Identity & Memory

            {TemplateParts.Intro(body)}

            What was done before is in `receipts/`.

            ## Core Mission

            {TemplateParts.Section(body, "Scope")}

            ## Critical Rules

            {TemplateParts.Section(body, "Authority")}

            ## Process / Methodology

            1. Read `company.yaml` and the receipts about the same subject.
            2. Follow the skill or the workflow that fits; without one, say what you are going to do first.
            3. Check the result against the metrics below, then show it.

            ## Deliverable Templates

            {(skills.Length is 0 ? "None of its own." : string.Join('\n', skills.Select(skill => $"- `skills/{skill}/` and its references")))}

            ## Communication Style

            {TemplateParts.Section(body, "Escalation")}

            ## Success Metrics

            {TemplateParts.Section(body, "Standards")}

            ## Skills

            {(skills.Length is 0 ? "None of its own." : string.Join('\n', skills.Select(skill => $"- {skill}")))}

            """;
    }

    private string? Triggers()
    {
        var scheduled = _parts.Scheduled;
        return scheduled is [] ? null : "apiVersion: workspace/v1\nkind: PaperclipManifest\ntriggers:\n" + string.Concat(scheduled.Select(runbook =>
            $"""
              - name: {runbook.Name}
                type: cron
                schedule: "{TemplateParts.Field(runbook.Front, "cron", "  ")}"
                timezone: {TemplateParts.Field(runbook.Front, "timezone", "  ") ?? "UTC"}
                workflow: workflows/{runbook.Name}.md

            """));
    }
}
