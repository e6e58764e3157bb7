using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces.Parts;

/// <summary>Reads a runbook, written as Markdown or as YAML.</summary>
internal static class RunbookPart
{
    private static readonly string[] StepTitles = ["steps", "procedure", "process", "instructions", "playbook"];

    public static Runbook Read(PartContext file)
    {
        if (!file.Path.EndsWith(".md", StringComparison.OrdinalIgnoreCase))
            return From(file, file.ReadYaml(), file.Source.Text, [], isMarkdown: false);
        var markdown = file.ReadMarkdown();
        return From(file, new Fields(markdown.Fields, file.Problems), markdown.Body, Markdown.Sections(file.Source, markdown.BodyStart), isMarkdown: true);
    }

    private static Runbook From(PartContext file, Fields fields, string body, IReadOnlyList<Section> sections, bool isMarkdown)
    {
        var slug = Slug.OfFile(file.Path);
        var name = fields.Text("name", "title");
        var id = fields.Text("id", "slug");
        var stepEntry = fields.Take("steps", "procedure");
        IReadOnlyList<RunbookStep> steps = stepEntry is { } written ? Steps(file, written) : isMarkdown ? FromSections(body, sections) : [];
        if (steps.Count is 0)
            file.Problems.Warning(Codes.NoSteps, fields.At, "the runbook has no steps that can be told apart.", isMarkdown ? "write them as a numbered list under `## Steps`." : "write them as a list under `steps:`.");
        var checks = fields.Sentences("checks", "verification", "done_when", "acceptance");
        return new Runbook
        {
            Id = Slug.Of(id ?? "") is { Length: > 0 } own ? own : slug is { Length: > 0 } ? slug : "runbook",
            Name = name ?? (sections is [{ Level: 1, Title.Length: > 0 } title, ..] ? title.Title : Slug.Title(slug)),
            Description = fields.Text("description", "summary") ?? (isMarkdown ? Markdown.FirstParagraph(body) : null),
            Steps = steps,
            Checks = checks.Count > 0 ? checks : SectionItems.Of(body, sections, "checks", "verification", "done when", "acceptance"),
            Schedule = SchedulePart.Read(file, fields.Take("schedule", "cron"), fields.Take("timezone", "tz")),
            Owner = file.Agent(fields, "owner", "agent", "assignee"),
            Body = body,
            Sections = sections,
            Path = file.Path,
            Extra = fields.Rest(),
        };
    }

    private static List<RunbookStep> Steps(PartContext file, YamlEntry entry)
    {
        List<RunbookStep> steps = [];
        var items = entry.Value switch
        {
            YamlNode.Sequence list => list.Items,
            YamlNode.Scalar { IsNull: false } one => Markdown.Items(one.Value).Select(text => (YamlNode)new YamlNode.Scalar(one.At, text, IsPlain: false, 0)),
            _ => [],
        };
        foreach (var item in items)
        {
            if (item is YamlNode.Scalar { IsNull: false } text)
                steps.Add(new RunbookStep { Text = text.Value });
            else if (item is YamlNode.Map map)
            {
                var fields = new Fields(map, file.Problems);
                var skill = file.Named(fields, MentionKind.Skill, "skill");
                steps.Add(new RunbookStep
                {
                    Text = fields.Text("text", "do", "title", "name", "step", "action", "description") ?? (skill is null ? "" : $"Use the skill {skill}."),
                    Skill = skill,
                    Agent = file.Agent(fields, "agent", "owner"),
                    Check = fields.Text("check", "verify", "done_when"),
                    Extra = fields.Rest(),
                });
            }
            else
                file.Problems.Warning(Codes.WrongKind, item.At, "this is no step; it was left out.", "write a text, or a map with `do`, `skill`, `agent`, `check`.");
        }
        return steps;
    }

    /// <summary>The list under the heading; else the headings below it; else the first list that is numbered.</summary>
    private static IReadOnlyList<RunbookStep> FromSections(string body, IReadOnlyList<Section> sections)
    {
        for (var i = 0; i < sections.Count; i++)
        {
            if (!StepTitles.Contains(sections[i].Title, StringComparer.OrdinalIgnoreCase))
                continue;
            var under = sections.Skip(i + 1).TakeWhile(section => section.Level > sections[i].Level).ToList();
            if (under.Count > 0 && under.TrueForAll(section => section.Title.Length > 0))
                return under.ConvertAll(section => new RunbookStep { Text = section.Title });
            return [.. Markdown.Items(SectionItems.Text(body, sections[i])).Select(text => new RunbookStep { Text = text })];
        }
        var numbered = sections.FirstOrDefault(section => SectionItems.Text(body, section).TrimStart().StartsWith("1. ", StringComparison.Ordinal));
        return numbered is null ? [] : [.. Markdown.Items(SectionItems.Text(body, numbered)).Select(text => new RunbookStep { Text = text })];
    }
}
