using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces.Parts;

/// <summary>Reads an agent's file.</summary>
internal static class AgentPart
{
    private static readonly string[] Permissions = ["devices:use", "devices:create", "devices:destroy", "devices:connect-local", "devices:set-primary", "deployments:publish"];
    private static readonly string[] People = ["board", "human", "humans", "user", "owner", "operator", "none", "nobody"];

    public static Agent Read(PartContext file)
    {
        var markdown = file.ReadMarkdown();
        var fields = new Fields(markdown.Fields, file.Problems);
        var sections = Markdown.Sections(file.Source, markdown.BodyStart);
        var isFolder = file.Path.EndsWith("/AGENTS.md", StringComparison.OrdinalIgnoreCase) || file.Path.EndsWith("/AGENT.md", StringComparison.OrdinalIgnoreCase);
        var slug = isFolder ? Slug.Of(Slug.OfFolder(file.Path)) : Slug.OfFile(file.Path.EndsWith(".agent.md", StringComparison.OrdinalIgnoreCase) ? file.Path[..^9] + ".md" : file.Path);
        var id = fields.Text("id", "slug");
        var name = fields.Text("name");
        if (!markdown.IsThere && markdown.Body.AsSpan().IsWhiteSpace())
            file.Problems.Warning(Codes.Missing, 0, "the file is empty: the agent has a name and nothing else.", "say what it is for, what it may do and to whom it answers.");
        return new Agent
        {
            Id = id is { Length: > 0 } && Slug.Of(id) is { Length: > 0 } own ? own : slug is { Length: > 0 } ? slug : "agent",
            Name = name ?? Heading(sections) ?? Slug.Title(slug),
            Title = fields.Text("title"),
            Role = fields.Text("role"),
            Description = fields.Text("description"),
            Scope = Say(fields.Sentences("scope"), "scope", "core mission", "mission", "responsibilities"),
            Authority = Say(fields.Sentences("authority"), "authority", "decision rights", "decides alone"),
            Standards = Say(fields.Sentences("standards", "quality"), "standards", "critical rules", "quality standards", "rules"),
            Escalation = Say(fields.Sentences("escalation", "escalation_path", "escalates_to"), "escalation", "escalation path", "escalate"),
            Tools = ToolsPart.Read(file, fields),
            Connectors = fields.Words("connectors", "mcpServers"),
            Skills = file.NamedList(fields, MentionKind.Skill, "skills"),
            Budget = BudgetPart.Read(file, fields.Take("budget")),
            ReportsTo = ReportsTo(file, fields),
            Runtime = fields.Text("runtime", "adapter"),
            Model = fields.Text("model"),
            DevicePermissions = Devices(file, fields),
            Team = fields.Text("team"),
            Department = fields.Text("department"),
            Division = fields.Text("division"),
            Body = markdown.Body,
            Sections = sections,
            Path = file.Path,
            Extra = fields.Rest(),
        };

        IReadOnlyList<string> Say(IReadOnlyList<string> written, params ReadOnlySpan<string> titles) =>
            written.Count > 0 ? written : SectionItems.Of(markdown.Body, sections, titles);
    }

    private static string? Heading(IReadOnlyList<Section> sections) => sections is [{ Level: 1, Title: { Length: > 0 and < 80 } title }, ..] ? title : null;

    private static string? ReportsTo(PartContext file, Fields fields)
    {
        if (fields.Take("reportsTo", "reports_to") is not { } entry || fields.TextOf(entry) is not { Length: > 0 } name)
            return null;
        // The line ends at a person.
        if (People.Contains(name, StringComparer.OrdinalIgnoreCase))
            return null;
        file.Mention(MentionKind.Agent, name, entry.Value.At, entry.Key.Value);
        return name;
    }

    private static IReadOnlyList<string>? Devices(PartContext file, Fields fields)
    {
        if (fields.Take("device_permissions", "devices", "permissions") is not { } entry)
            return file.Problems.IsDamaged ? [] : null;
        IReadOnlyList<string> asked = entry.Value is YamlNode.Map map
            ? [.. map.Entries.Where(field => field.Value is YamlNode.Scalar { Value: "true" }).Select(field => $"devices:{field.Key.Value}")]
            : fields.WordsOf(entry);
        List<string> granted = [];
        foreach (var word in asked)
        {
            var name = word.Contains(':', StringComparison.Ordinal) ? word.ToLowerInvariant() : $"devices:{word.ToLowerInvariant()}";
            var fit = Permissions.Where(permission => ToolPattern.Glob(name, permission)).ToList();
            if (fit.Count is 0)
                file.Problems.Error(Codes.UnknownPermission, entry.Value.At, $"{Quote.Of(word)} is no permission on devices; it grants nothing.", $"write one of {string.Join(", ", Permissions)}.");
            granted.AddRange(fit);
        }
        return [.. granted.Distinct(StringComparer.Ordinal)];
    }
}
