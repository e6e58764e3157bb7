using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces.Parts;

/// <summary>Reads which tools may be used. What cannot be read allows nothing.</summary>
internal static class ToolsPart
{
    public static ToolRules Read(PartContext file, Fields fields)
    {
        List<string> deny = [];
        if (fields.Take("disallowedTools", "denied_tools", "deny_tools", "tools_deny") is { } denied)
            deny.AddRange(Denied(file, denied, fields.WordsOf(denied)));
        IReadOnlyList<string>? allow = null;
        if (fields.Take("tools", "allowed_tools") is { } entry)
            allow = entry.Value is YamlNode.Map map ? FromMap(file, entry, map, deny) : Listed(file, entry, fields.WordsOf(entry));
        // Something in the file could not be read, and it may have been this.
        if (file.Problems.IsDamaged)
        {
            if (allow is null or { Count: > 0 })
                file.Problems.Error(Codes.NothingAllowed, fields.At, "the file cannot be read in full, so until it can no tool is allowed by it.", "mend what is wrong with it.");
            allow = [];
        }
        return new ToolRules { Allow = allow, Deny = deny };
    }

    private static IReadOnlyList<string> Listed(PartContext file, YamlEntry entry, IReadOnlyList<string> words)
    {
        if (words.Count is 0 && entry.Value is not YamlNode.Sequence)
            file.Problems.Warning(Codes.NothingAllowed, entry.Value.At, $"{Quote.Of(entry.Key.Value)} names no tool, so none is allowed.", "write `[]` if that is meant, `[\"*\"]` for all, or remove the field.");
        return Names(file, entry, words);
    }

    /// <summary>`{allow: […], deny: […]}`, or `{bash: true, write: false}`.</summary>
    private static IReadOnlyList<string>? FromMap(PartContext file, YamlEntry entry, YamlNode.Map map, List<string> deny)
    {
        var fields = new Fields(map, file.Problems);
        if (map.Entries.Count > 0 && map.Entries.All(field => field.Value is YamlNode.Scalar { Value: "true" or "false" }))
        {
            deny.AddRange(Denied(file, entry, [.. map.Entries.Where(field => field.Value is YamlNode.Scalar { Value: "false" } && field.Key.Value is not "*").Select(field => field.Key.Value)]));
            IReadOnlyList<string> on = [.. map.Entries.Where(field => field.Value is YamlNode.Scalar { Value: "true" }).Select(field => field.Key.Value)];
            return on.Count > 0 || map.Entries.Any(field => field.Key.Value is "*") ? on : null;
        }
        if (fields.Take("deny", "denied", "disallow") is { } denied)
            deny.AddRange(Denied(file, denied, fields.WordsOf(denied)));
        var allow = fields.Take("allow", "allowed") is { } allowed ? Listed(file, allowed, fields.WordsOf(allowed)) : null;
        if (fields.Rest().Fields.Count > 0)
        {
            file.Problems.Error(Codes.BadToolName, entry.Value.At, $"{Quote.Of(entry.Key.Value)} has fields that mean nothing here, so no tool is allowed by it.", "write a list of tools, or `allow:` and `deny:` with one each.");
            return [];
        }
        return allow;
    }

    private static IEnumerable<string> Denied(PartContext file, YamlEntry entry, IReadOnlyList<string> words) =>
        Names(file, entry, words, "denies the whole tool").Select(ToolPattern.Whole);

    private static IReadOnlyList<string> Names(PartContext file, YamlEntry entry, IReadOnlyList<string> words, string narrowed = "allows nothing")
    {
        foreach (var word in words)
        {
            if (ToolPattern.IsNarrowed(word))
                file.Problems.Warning(Codes.BadToolName, entry.Value.At, $"{Quote.Of(word)} is narrower than a tool; that cannot be held to here, so it {narrowed}.", "name the whole tool.");
            else if (word.Length is 0 or > 128 || word.Any(sign => !char.IsAsciiLetterOrDigit(sign) && sign is not ('_' or '-' or '.' or '*' or '/' or ':')))
                file.Problems.Warning(Codes.BadToolName, entry.Value.At, $"{Quote.Of(word)} is no name of a tool.", "write names like `sandbox_exec`, `sandbox.*` or `Bash`.");
        }
        return words;
    }
}
