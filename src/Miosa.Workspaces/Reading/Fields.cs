using System.Globalization;

namespace Miosa.Workspaces.Reading;

/// <summary>
/// The fields of a map, asked for by name: `reportsTo`, `reports_to` and `reports-to` are one. What nobody asked for is
/// what is left, and is kept.
/// </summary>
internal sealed class Fields
{
    private const int MostSlips = 100;
    private readonly YamlNode.Map _map;
    private readonly ProblemList _problems;
    private readonly bool[] _used;
    private readonly string[] _names;
    private readonly List<string> _asked = [];

    public Fields(YamlNode.Map map, ProblemList problems)
    {
        _map = map;
        _problems = problems;
        _used = new bool[map.Entries.Count];
        _names = [.. map.Entries.Select(entry => Plain(entry.Key.Value))];
    }

    public int At => _map.At;
    public IReadOnlyList<YamlEntry> All => _map.Entries;

    /// <summary>The first field of these names that is there.</summary>
    public YamlEntry? Take(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            _asked.Add(name);
            if (Array.IndexOf(_names, Plain(name)) is >= 0 and var index && !_used[index])
            {
                _used[index] = true;
                return _map.Entries[index];
            }
        }
        return null;
    }

    public string? Text(params ReadOnlySpan<string> names) => Take(names) is { } entry ? TextOf(entry) : null;

    public bool? Flag(params ReadOnlySpan<string> names)
    {
        if (Take(names) is not { } entry || TextOf(entry) is not { } text)
            return null;
        switch (text.Trim().ToLowerInvariant())
        {
            case "true" or "yes" or "on" or "1": return true;
            case "false" or "no" or "off" or "0": return false;
            default:
                _problems.Warning(Codes.WrongKind, entry.Value.At, $"{Quote.Of(entry.Key.Value)} is neither true nor false.", "write `true` or `false`.");
                return null;
        }
    }

    /// <summary>A list of words; a single text is taken apart at its commas.</summary>
    public IReadOnlyList<string> Words(params ReadOnlySpan<string> names) => Take(names) is { } entry ? WordsOf(entry) : [];

    /// <summary>A list of sentences; a single text is one.</summary>
    public IReadOnlyList<string> Sentences(params ReadOnlySpan<string> names) =>
        Take(names) is not { } entry ? [] : entry.Value is YamlNode.Scalar { IsNull: false } text ? [text.Value.Trim()] : WordsOf(entry);

    public Fields? Map(params ReadOnlySpan<string> names)
    {
        if (Take(names) is not { } entry || entry.Value is YamlNode.Scalar { IsNull: true })
            return null;
        if (entry.Value is YamlNode.Map map)
            return new Fields(map, _problems);
        WrongKind(entry, "a map of fields");
        return null;
    }

    public string? TextOf(YamlEntry entry)
    {
        switch (entry.Value)
        {
            case YamlNode.Scalar { IsNull: true }: return null;
            case YamlNode.Scalar scalar: return scalar.Value.Trim();
            default:
                WrongKind(entry, "one text");
                return null;
        }
    }

    public IReadOnlyList<string> WordsOf(YamlEntry entry)
    {
        switch (entry.Value)
        {
            case YamlNode.Scalar { IsNull: true }: return [];
            case YamlNode.Scalar scalar: return Split(scalar.Value);
            case YamlNode.Sequence list:
                List<string> words = [];
                foreach (var item in list.Items)
                {
                    if (item is YamlNode.Scalar { IsNull: false } word)
                        words.Add(word.Value.Trim());
                    else if (item is YamlNode.Map { Entries: [var named, ..] } map && (Name(map) ?? named.Key.Value) is { Length: > 0 } name)
                        words.Add(name);
                    else if (item is not YamlNode.Scalar)
                        _problems.Warning(Codes.WrongKind, item.At, $"an item of {Quote.Of(entry.Key.Value)} is no text; it was left out.", "write a list of texts.");
                }
                return words;
            default:
                WrongKind(entry, "a list of texts");
                return [];
        }
    }

    /// <summary>What is left. A name that is nearly one that was asked for is told.</summary>
    public Fact.Map Rest()
    {
        if (Array.TrueForAll(_used, used => used))
            return Fact.Map.Empty;
        List<KeyValuePair<string, Fact>> rest = [];
        for (var i = 0; i < _used.Length; i++)
        {
            if (_used[i])
                continue;
            var (key, value) = (_map.Entries[i].Key, _map.Entries[i].Value);
            rest.Add(new(key.Value, value.ToFact()));
            // Who slips does so once or twice; a file of thousands of names is data.
            if (rest.Count <= MostSlips && Spelling.Nearest(_names[i], _asked) is { } meant)
                _problems.Warning(Codes.Misspelled, key.At, $"nobody knows {Quote.Of(key.Value)}; did you mean `{meant}`?", $"write `{meant}`, or another name if it is something of your own.");
        }
        return new Fact.Map(rest);
    }

    /// <summary>A text taken apart at its commas, parentheses kept whole.</summary>
    public static IReadOnlyList<string> Split(string text, bool atSpaces = false)
    {
        List<string> words = [];
        int depth = 0, start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] is '(')
                depth++;
            else if (i < text.Length && text[i] is ')')
                depth--;
            if (i < text.Length && (depth > 0 || text[i] is not (',' or '\n') && !(atSpaces && text[i] is ' ')))
                continue;
            if (text[start..i].Trim() is { Length: > 0 } word)
                words.Add(word);
            start = i + 1;
        }
        return words;
    }

    public static string Plain(string name)
    {
        foreach (var sign in name)
        {
            if (!char.IsAsciiLetterLower(sign))
                return name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).ToLower(CultureInfo.InvariantCulture);
        }
        return name;
    }

    private static string? Name(YamlNode.Map map) =>
        map.Entries.FirstOrDefault(entry => entry.Key.Value is "ref" or "name" or "id" or "slug" or "skill").Value is YamlNode.Scalar name ? name.Value : null;

    private void WrongKind(YamlEntry entry, string wanted)
    {
        _used[IndexOf(entry)] = false;
        _problems.Warning(Codes.WrongKind, entry.Value.At, $"{Quote.Of(entry.Key.Value)} has to be {wanted}; it is kept as it is, without a meaning.", $"write {wanted}.");
    }

    private int IndexOf(YamlEntry entry)
    {
        for (var i = 0; i < _used.Length; i++)
        {
            if (ReferenceEquals(_map.Entries[i].Key, entry.Key))
                return i;
        }
        return 0;
    }
}
