using System.Globalization;
using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces.Parts;

/// <summary>Reads company.yaml, and the front matter of COMPANY.md.</summary>
internal static class CompanyPart
{
    /// <summary>The company, and the text of a COMPANY.md.</summary>
    public sealed record Read(Company Company, string Body);

    public static Read FromYaml(PartContext file) => new(From(file, file.ReadYaml()), "");

    public static Read FromPackage(PartContext file)
    {
        var markdown = file.ReadMarkdown();
        var fields = new Fields(markdown.Fields, file.Problems);
        var schema = fields.Take("schema");
        if (schema is { Value: YamlNode.Scalar version } && !version.Value.StartsWith("agentcompanies/v1", StringComparison.Ordinal))
            file.Problems.Warning(Codes.UnknownSchema, version.At, $"{Quote.Of(version.Value)} is a schema nobody knows here; it was read as agentcompanies/v1.", "write `schema: agentcompanies/v1`.");
        foreach (var name in (ReadOnlySpan<string>)["name", "description", "slug", "schema"])
        {
            if (markdown.Fields.Entries.All(entry => entry.Key.Value != name))
                file.Problems.Strict(Codes.Missing, markdown.Fields.At, $"`{name}` is missing; Agent Companies asks for it.", $"write `{name}: …`.");
        }
        return new Read(From(file, fields), markdown.Body);
    }

    private static Company From(PartContext file, Fields fields)
    {
        // A folder called by its founder `company: {name: …}` says the same one level down.
        var head = fields.All.Any(entry => entry.Key.Value is "name") || fields.All.All(entry => entry.Key.Value is not "company") ? fields : fields.Map("company") ?? fields;
        var name = head.Text("name", "company_name");
        var slugEntry = head.Take("slug");
        var slug = slugEntry is { } written ? head.TextOf(written) : null;
        if (slug is not null && slug != Slug.Of(slug))
            file.Problems.Warning(Codes.BadCompanyField, slugEntry!.Value.Value.At, $"the slug {Quote.Of(slug)} has more than small letters, digits and single hyphens.", $"write `{Slug.Of(slug)}`.", Replace(slugEntry.Value.Value, Slug.Of(slug)));
        var company = new Company
        {
            Name = name ?? "",
            Slug = slug is { Length: > 0 } ? Slug.Of(slug) : Slug.Of(name ?? ""),
            Description = head.Text("description"),
            Mission = head.Text("mission"),
            IssuePrefix = IssuePrefix(file, head),
            Budget = BudgetPart.Read(file, fields.Take("budget")),
            Governance = Governance(fields.Map("governance")),
            Approvals = ApprovalPart.Read(file, fields),
            Tools = ToolsPart.Read(file, fields),
            PrimaryDevice = PrimaryDevice(file, fields),
            Connectors = fields.Words("connectors"),
            Runtime = fields.Text("runtime", "adapter"),
            Goals = Goals(fields),
            Sources = [.. Sources(file, fields)],
            Compartments = Compartments(fields),
            Path = file.Path,
            Facts = (Fact.Map)new YamlNode.Map(fields.At, fields.All).ToFact(),
        };
        if (name is null)
            file.Problems.Warning(Codes.Missing, fields.At, "the company has no name; it is called like its folder.", "write `name: …`.");
        return company with { Extra = fields.Rest() };
    }

    private static string? IssuePrefix(PartContext file, Fields fields)
    {
        if (fields.Take("issue_prefix") is not { } entry || fields.TextOf(entry) is not { } prefix)
            return null;
        var proper = prefix.TrimEnd('-').ToUpperInvariant() + "-";
        if (prefix != proper)
            file.Problems.Warning(Codes.BadCompanyField, entry.Value.At, $"the issue prefix {Quote.Of(prefix)} is not in capitals with a hyphen at its end.", $"write `{proper}`.", Replace(entry.Value, proper));
        return proper;
    }

    private static Governance Governance(Fields? fields) => fields is null ? new Governance() : new Governance
    {
        BoardApprovalRequired = fields.Words("board_approval_required"),
        ImmutableLog = fields.Flag("immutable_log"),
        EscalationChain = fields.Words("escalation_chain"),
        Extra = fields.Rest(),
    };

    private static PrimaryDevice? PrimaryDevice(PartContext file, Fields company)
    {
        if (company.Take("primary_device", "device") is not { } entry || entry.Value is YamlNode.Scalar { IsNull: true })
            return null;
        if (entry.Value is YamlNode.Scalar word)
            return Kind(file, word) is { } only ? new PrimaryDevice { Kind = only } : null;
        if (entry.Value is not YamlNode.Map map)
        {
            file.Problems.Error(Codes.UnknownDevice, entry.Value.At, "this is no device.", "write sandbox, computer or local.");
            return null;
        }
        var fields = new Fields(map, file.Problems);
        var type = fields.Take("type", "kind");
        var kind = type is null ? DeviceKind.Sandbox : Kind(file, type.Value.Value);
        var fallback = fields.Take("fallback") is { Value: not YamlNode.Scalar { IsNull: true } } other ? Kind(file, other.Value) : null;
        return kind is not { } known ? null : new PrimaryDevice { Kind = known, Id = fields.Text("id"), Name = fields.Text("name"), Template = fields.Text("template", "image"), Fallback = fallback };
    }

    private static DeviceKind? Kind(PartContext file, YamlNode node)
    {
        switch (node is YamlNode.Scalar word ? Fields.Plain(word.Value.Trim()) : "")
        {
            case "sandbox" or "sandboxworker": return DeviceKind.Sandbox;
            case "computer": return DeviceKind.Computer;
            case "local" or "localdevice": return DeviceKind.Local;
            default:
                file.Problems.Error(Codes.UnknownDevice, node.At, "this is no kind of device, so none is set.", "write sandbox, computer or local.");
                return null;
        }
    }

    private static IReadOnlyList<string> Goals(Fields fields)
    {
        var entry = fields.Take("goals");
        return entry switch
        {
            null => [],
            { Value: YamlNode.Map map } => [.. map.Entries.Select(goal => goal.Key.Value)],
            { Value: YamlNode.Sequence list } => [.. list.Items.Select(GoalName).Where(name => name.Length > 0)],
            { Value: YamlNode.Scalar { IsNull: false } text } => [text.Value],
            _ => [],
        };
    }

    private static string GoalName(YamlNode node) => node switch
    {
        YamlNode.Scalar text => text.Value,
        YamlNode.Map map => (map.Entries.FirstOrDefault(entry => entry.Key.Value is "title" or "name" or "id").Value as YamlNode.Scalar)?.Value ?? "",
        _ => "",
    };

    private static IEnumerable<PackageSource> Sources(PartContext file, Fields company)
    {
        if (company.Take("sources") is not { Value: YamlNode.Sequence list })
            yield break;
        foreach (var map in list.Items.OfType<YamlNode.Map>().Take(file.Limits.OtherFiles))
        {
            var fields = new Fields(map, file.Problems);
            var source = new PackageSource
            {
                Kind = fields.Text("kind") ?? "",
                Location = fields.Text("repo", "url", "rawUrl"),
                Path = fields.Text("path"),
                Commit = fields.Text("commit"),
                Sha256 = fields.Text("sha256"),
                License = fields.Text("license"),
                Usage = fields.Text("usage"),
            };
            if (source.Kind.StartsWith("github", StringComparison.Ordinal) && source.Commit is null)
                file.Problems.Strict(Codes.UnpinnedSource, map.At, "a source on GitHub is not pinned to a commit.", "write `commit:` with its 40 digits.");
            if (source.License is null)
                file.Problems.Strict(Codes.Missing, map.At, "a source does not say its license.", "write `license:`.");
            yield return source;
        }
    }

    /// <summary>Heuresis weighs what it knows in compartments: under that name, or as maps with a weight at the top.</summary>
    private static List<Compartment> Compartments(Fields fields)
    {
        List<Compartment> compartments = [];
        if (fields.Take("compartments") is { } entry)
        {
            if (entry.Value is YamlNode.Map map)
                compartments.AddRange(map.Entries.Select(field => new Compartment(field.Key.Value, Weight(field.Value), field.Value.ToFact())));
            else if (entry.Value is YamlNode.Sequence list)
                compartments.AddRange(list.Items.Select(item => new Compartment(GoalName(item), Weight(item), item.ToFact())));
        }
        foreach (var field in fields.All)
        {
            if (field.Value is YamlNode.Map && Weight(field.Value) is { } weight)
                compartments.Add(new Compartment(field.Key.Value, weight, field.Value.ToFact()));
        }
        return compartments;
    }

    private static decimal? Weight(YamlNode node) =>
        node is YamlNode.Map map && map.Entries.FirstOrDefault(entry => entry.Key.Value is "weight" or "_weight").Value is YamlNode.Scalar { IsPlain: true } weight
            && decimal.TryParse(weight.Value.TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static Fix? Replace(YamlNode node, string text) => node is YamlNode.Scalar { Length: > 0 } scalar ? new Fix($"write {text}", [new TextEdit(scalar.At, scalar.Length, text)]) : null;
}
