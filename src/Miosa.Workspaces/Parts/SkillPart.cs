using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces.Parts;

/// <summary>Reads a SKILL.md: leniently, as clients do. What only the specification minds is told apart.</summary>
internal static class SkillPart
{
    private const int LongestName = 64;
    private const int LongestDescription = 1024;
    private const int LongestCompatibility = 500;
    private const int LongBody = 20_000; // about 5,000 tokens
    private const int ManyLines = 500;
    private static readonly string[] Known = ["name", "description", "license", "compatibility", "metadata", "allowed-tools"];

    public static Skill? Read(PartContext file, bool isLoose)
    {
        var markdown = file.ReadMarkdown();
        var fields = new Fields(markdown.Fields, file.Problems);
        var folder = isLoose ? Slug.OfFile(file.Path) : Slug.OfFolder(file.Path);
        var nameEntry = fields.Take("name");
        var written = nameEntry is { } entry ? fields.TextOf(entry) : null;
        if (isLoose && written is null)
            return null; // a note beside the skills
        if (isLoose)
            file.Problems.Warning(Codes.LooseSkill, 0, "a skill is a folder with a SKILL.md; most runtimes do not see a single file.", $"move it to `{folder}/SKILL.md`.");
        Name(file, folder, written, nameEntry, isLoose);

        var description = Description(file, fields, markdown);
        if (description is null)
            return null;
        var sections = Markdown.Sections(file.Source, markdown.BodyStart);
        var (inputEntry, outputEntry) = (fields.Take("inputs", "arguments", "args"), fields.Take("outputs", "produces", "output"));
        var metadata = Metadata(file, fields);
        var tools = fields.Take("allowed-tools");
        foreach (var field in markdown.Fields.Entries.Where(field => !Known.Contains(field.Key.Value, StringComparer.Ordinal)))
            file.Problems.Strict(Codes.UnknownSkillKey, field.Key.At, $"Agent Skills knows no field {Quote.Of(field.Key.Value)} here.", "move it under `metadata:`, as a text.");
        Body(file, markdown);
        Links(file, markdown);
        foreach (var reference in fields.Words("references"))
            file.Mention(MentionKind.File, reference, markdown.Fields.At, "references");
        file.Agent(fields, "agent_owner", "owner");

        return new Skill
        {
            Name = written is { Length: > 0 } ? written : folder,
            Description = description,
            Inputs = inputEntry is { } inputs ? Named(inputs.Value, InputOf) : metadata.TryGetValue("inputs", out var names) ? [.. Fields.Split(names).Select(text => InputOf(text, null))] : FromSection(InputOf, "inputs", "input", "arguments"),
            Outputs = outputEntry is { } outputs ? Named(outputs.Value, OutputOf) : metadata.TryGetValue("outputs", out names) ? [.. Fields.Split(names).Select(text => OutputOf(text, null))] : FromSection(OutputOf, "outputs", "output", "produces"),
            License = fields.Text("license"),
            Compatibility = Compatibility(file, fields),
            AllowedTools = tools is { Value: YamlNode.Scalar { IsNull: false } text } ? Fields.Split(text.Value, atSpaces: true) : tools is { } list ? fields.WordsOf(list) : [],
            Command = fields.Text("command")?.TrimStart('/'),
            Metadata = metadata,
            Body = markdown.Body,
            Sections = sections,
            Path = file.Path,
            Folder = file.Path[..Math.Max(0, file.Path.LastIndexOf('/'))],
            Extra = fields.Rest(),
        };

        IReadOnlyList<T> FromSection<T>(Func<string, Fields?, T> make, params ReadOnlySpan<string> titles) =>
            [.. SectionItems.Of(markdown.Body, sections, titles).Take(100).Select(item => make(item, null))];

        IReadOnlyList<T> Named<T>(YamlNode node, Func<string, Fields?, T> make) => node switch
        {
            YamlNode.Sequence items => [.. items.Items.Select(item => item switch
            {
                YamlNode.Map { Entries: [var only] } single when single.Entries[0].Key.Value is not ("name" or "id") => One(only, make),
                YamlNode.Map map when new Fields(map, file.Problems) is var own => make(own.Text("name", "id") ?? "", own),
                YamlNode.Scalar word => make(word.Value, null),
                _ => make("", null),
            })],
            YamlNode.Map map => [.. map.Entries.Select(entry => One(entry, make))],
            YamlNode.Scalar { IsNull: false } words => [.. Fields.Split(words.Value).Select(word => make(word, null))],
            _ => [],
        };

        T One<T>(YamlEntry field, Func<string, Fields?, T> make) => field.Value is YamlNode.Map map
            ? make(field.Key.Value, new Fields(map, file.Problems))
            : make($"{field.Key.Value}: {(field.Value as YamlNode.Scalar)?.Value}", null);
    }

    private static SkillInput InputOf(string text, Fields? fields)
    {
        if (fields is not null)
            return new SkillInput(text, fields.Text("description"), fields.Flag("required") ?? false, fields.Text("default"));
        var (name, description) = NameAndRest(text);
        return new SkillInput(name, description, description?.Contains("(required)", StringComparison.OrdinalIgnoreCase) ?? false);
    }

    private static SkillOutput OutputOf(string text, Fields? fields)
    {
        if (fields is not null)
            return new SkillOutput(text, fields.Text("description"), fields.Text("path", "file"));
        var (name, description) = NameAndRest(text);
        return new SkillOutput(name, description, name.Contains('/', StringComparison.Ordinal) || name.Contains('.', StringComparison.Ordinal) ? name : null);
    }

    /// <summary>`**name** (required): what it is` and the like.</summary>
    private static (string Name, string? About) NameAndRest(string text)
    {
        var end = text.AsSpan().IndexOfAny(':', '—', '–');
        var open = text.IndexOf(" (", StringComparison.Ordinal);
        if (open > 0 && (end < 0 || open < end))
            end = open;
        if (text.IndexOf(" - ", StringComparison.Ordinal) is > 0 and var dash && (end < 0 || dash < end))
            end = dash;
        var name = (end > 0 ? text[..end] : text).Trim(' ', '*', '`', '"', '_');
        var rest = end > 0 ? text[end..].TrimStart(' ', ':', '-', '—', '–', '*', '`').Trim() : "";
        return (name, rest.Length > 0 ? rest : null);
    }

    private static void Name(PartContext file, string folder, string? name, YamlEntry? entry, bool isLoose)
    {
        var at = entry?.Value.At ?? 0;
        if (name is null)
        {
            file.Problems.Strict(Codes.Missing, 0, "`name` is missing; Agent Skills asks for it.", $"write `name: {folder}`.");
            return;
        }
        if (!isLoose && name != folder)
            file.Problems.Warning(Codes.NameIsNotFolder, at, $"the skill is called {Quote.Of(name)} and lies in the folder {Quote.Of(folder)}; some runtimes go by the one, some by the other.", "give both the same name.");
        var isValid = name.Length <= LongestName && name.Length > 0 && name[0] is not '-' && name[^1] is not '-' && !name.Contains("--", StringComparison.Ordinal)
            && name.All(sign => sign is '-' || char.IsLetterOrDigit(sign) && !char.IsUpper(sign));
        if (!isValid)
            file.Problems.Warning(Codes.BadName, at, $"the name {Quote.Of(name)} is not made of 1 to {LongestName} small letters, digits and single hyphens; strict runtimes refuse it.", $"call it `{Slug.Of(name)}`.");
    }

    private static string? Description(PartContext file, Fields fields, FrontMatter markdown)
    {
        var entry = fields.Take("description");
        var description = entry is { } written ? fields.TextOf(written) : null;
        if (description is { Length: > 0 })
        {
            if (description.Length > LongestDescription)
                file.Problems.Warning(Codes.DescriptionTooLong, entry!.Value.Value.At, $"the description has {description.Length} characters; runtimes take {LongestDescription}.", "say what it does and when to use it, the rest in the body.");
            return description;
        }
        if (Markdown.FirstParagraph(markdown.Body) is { } first)
        {
            file.Problems.Error(Codes.NoDescription, markdown.Fields.At, "the skill has no description, and runtimes leave it out; here its first paragraph is taken.", "write `description:` with what it does and when to use it.");
            return first;
        }
        file.Problems.Error(Codes.NoDescription, markdown.Fields.At, "the skill has no description and no text, so it was left out.", "write `description:` with what it does and when to use it.");
        return null;
    }

    private static string? Compatibility(PartContext file, Fields fields)
    {
        var entry = fields.Take("compatibility");
        var text = entry is { } written ? fields.TextOf(written) : null;
        if (text is { Length: > LongestCompatibility })
            file.Problems.Strict(Codes.DescriptionTooLong, entry!.Value.Value.At, $"`compatibility` has {text.Length} characters; Agent Skills takes {LongestCompatibility}.", "shorten it.");
        return text;
    }

    private static Dictionary<string, string> Metadata(PartContext file, Fields fields)
    {
        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        foreach (var entry in fields.Map("metadata")?.All ?? [])
        {
            if (entry.Value is YamlNode.Scalar text)
                metadata[entry.Key.Value] = text.Value;
            else
            {
                file.Problems.Strict(Codes.WrongKind, entry.Value.At, $"Agent Skills takes only texts in `metadata`; {Quote.Of(entry.Key.Value)} is none.", "write a text.");
                metadata[entry.Key.Value] = System.Text.Json.JsonSerializer.Serialize(entry.Value.ToFact(), FactJson.Default.Fact);
            }
        }
        return metadata;
    }

    private static void Body(PartContext file, FrontMatter markdown)
    {
        var lines = file.Source.LineCount - file.Source.LineOf(markdown.BodyStart);
        if (markdown.Body.Length > LongBody || lines > ManyLines)
            file.Problems.Info(Codes.LongBody, markdown.BodyStart, $"the skill's text has {lines} lines and {markdown.Body.Length} characters; it takes that much of a model's attention each time.", $"move what is not always needed into `references/`; {ManyLines} lines and {LongBody} characters are a good most.");
    }

    private static void Links(PartContext file, FrontMatter markdown)
    {
        foreach (var (target, at) in Markdown.FileLinks(file.Source.Text, markdown.BodyStart))
            file.Mention(MentionKind.File, target, at, "link");
    }
}
