using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces.Parts;

/// <summary>Reads teams, projects and tasks.</summary>
internal static class WorkParts
{
    public static Team Team(PartContext file)
    {
        var markdown = file.ReadMarkdown();
        var fields = new Fields(markdown.Fields, file.Problems);
        var slug = SlugOf(file, "TEAM.md");
        return new Team
        {
            Id = fields.Text("slug", "id") ?? slug,
            Name = fields.Text("name") ?? Slug.Title(slug),
            Description = fields.Text("description") ?? Markdown.FirstParagraph(markdown.Body),
            Manager = AgentPath(file, fields, "manager", "lead"),
            Members = [.. file.NamedList(fields, MentionKind.Agent, "members", "agents").Concat(Includes(fields))],
            Body = markdown.Body,
            Path = file.Path,
            Extra = fields.Rest(),
        };
    }

    public static Project Project(PartContext file)
    {
        var markdown = file.ReadMarkdown();
        var fields = new Fields(markdown.Fields, file.Problems);
        var slug = SlugOf(file, "PROJECT.md");
        return new Project
        {
            Id = fields.Text("slug", "id") ?? slug,
            Name = fields.Text("name", "title") ?? Slug.Title(slug),
            Description = fields.Text("description") ?? Markdown.FirstParagraph(markdown.Body),
            Owner = AgentPath(file, fields, "owner", "lead"),
            Body = markdown.Body,
            Path = file.Path,
            Extra = fields.Rest(),
        };
    }

    public static IReadOnlyList<PlannedTask> Tasks(PartContext file)
    {
        if (file.Path.EndsWith(".md", StringComparison.OrdinalIgnoreCase))
        {
            var markdown = file.ReadMarkdown();
            return [Task(file, new Fields(markdown.Fields, file.Problems), markdown.Body)];
        }
        var fields = file.ReadYaml();
        if (fields.Take("tasks") is { Value: YamlNode.Sequence list })
            return [.. list.Items.OfType<YamlNode.Map>().Select(map => Task(file, new Fields(map, file.Problems), ""))];
        return [Task(file, fields, "")];
    }

    private static PlannedTask Task(PartContext file, Fields fields, string body)
    {
        var slug = SlugOf(file, "TASK.md");
        var title = fields.Text("title", "name");
        return new PlannedTask
        {
            Id = fields.Text("id", "slug") ?? slug,
            Title = title ?? Slug.Title(slug),
            Description = fields.Text("description"),
            Assignee = AgentPath(file, fields, "assignee", "agent", "owner"),
            Project = fields.Text("project"),
            Priority = Word(file, fields.Take("priority"), ["critical", "high", "medium", "low"]),
            Kind = fields.Text("type", "kind"),
            Recurring = fields.Flag("recurring") ?? false,
            Schedule = SchedulePart.Read(file, fields.Take("schedule", "cron"), fields.Take("timezone")),
            Body = body,
            Path = file.Path,
            Extra = fields.Rest(),
        };
    }

    private static string? Word(PartContext file, YamlEntry? entry, string[] words)
    {
        if (entry?.Value is not YamlNode.Scalar { IsNull: false } word)
            return null;
        if (!words.Contains(word.Value, StringComparer.OrdinalIgnoreCase))
            file.Problems.Warning(Codes.UnknownWord, word.At, $"{Quote.Of(word.Value)} is no {entry.Value.Key.Value}.", $"write one of {string.Join(", ", words)}.");
        return word.Value;
    }

    /// <summary>Agent Companies name an agent by the path of its file.</summary>
    private static string? AgentPath(PartContext file, Fields fields, params ReadOnlySpan<string> names)
    {
        if (fields.Take(names) is not { } entry || fields.TextOf(entry) is not { Length: > 0 } text)
            return null;
        var name = OfPath(text);
        file.Mention(MentionKind.Agent, name, entry.Value.At, entry.Key.Value);
        return name;
    }

    private static IEnumerable<string> Includes(Fields fields) =>
        fields.Words("includes").Where(path => path.EndsWith("AGENTS.md", StringComparison.OrdinalIgnoreCase)).Select(OfPath);

    private static string OfPath(string text) => text.EndsWith("AGENTS.md", StringComparison.OrdinalIgnoreCase) ? Slug.OfFolder(text) : text.EndsWith(".md", StringComparison.OrdinalIgnoreCase) ? Slug.OfFile(text) : text.TrimStart('@');

    private static string SlugOf(PartContext file, string name) =>
        file.Path.EndsWith("/" + name, StringComparison.OrdinalIgnoreCase) ? Slug.OfFolder(file.Path) : Slug.OfFile(file.Path);
}
