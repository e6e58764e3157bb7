using System.Globalization;
using Miosa.Workspaces.Folders;
using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces.Parts;

/// <summary>A file while it is understood.</summary>
internal sealed class PartContext(FoundFile file, SourceText source, ProblemList problems, LoadLimits limits)
{
    private const int MostMentions = 500;
    private readonly List<Mention> _mentions = [];
    private bool _isFull;

    public FoundFile File => file;
    public string Path => file.Path;
    public SourceText Source => source;
    public ProblemList Problems => problems;
    public LoadLimits Limits => limits;
    public IReadOnlyList<Mention> Mentions => _mentions;

    public FrontMatter ReadMarkdown() => FrontMatter.Read(source, problems, limits);

    /// <summary>The fields of a file that is YAML throughout.</summary>
    public Fields ReadYaml()
    {
        var node = new YamlReader(source, problems, limits).Read(0, source.Text.Length);
        if (node is not (null or YamlNode.Map))
        {
            problems.IsDamaged = true;
            problems.Error(Codes.NotAMap, node.At, "this is no list of fields.", "write `name: value` lines.");
        }
        return new Fields(node as YamlNode.Map ?? new YamlNode.Map(0, []), problems);
    }

    public void Mention(MentionKind kind, string? name, int at, string field)
    {
        if (string.IsNullOrWhiteSpace(name))
            return;
        if (_mentions.Count >= MostMentions)
        {
            if (!_isFull)
                problems.Warning(Codes.TooMany, at, string.Create(CultureInfo.InvariantCulture, $"the file names more than {MostMentions} others; what it names from here on is not checked."), "name fewer.");
            _isFull = true;
            return;
        }
        var (line, column) = source.Locate(at);
        _mentions.Add(new Mention(kind, name, line, column, field));
    }

    /// <summary>A field that names one agent.</summary>
    public string? Agent(Fields fields, params ReadOnlySpan<string> names) => Named(fields, MentionKind.Agent, names);

    /// <summary>A field that names one thing elsewhere.</summary>
    public string? Named(Fields fields, MentionKind kind, params ReadOnlySpan<string> names)
    {
        if (fields.Take(names) is not { } entry || fields.TextOf(entry) is not { Length: > 0 } name)
            return null;
        Mention(kind, name.TrimStart('/', '@'), entry.Value.At, entry.Key.Value);
        return name.TrimStart('/', '@');
    }

    /// <summary>A field that names several things elsewhere.</summary>
    public IReadOnlyList<string> NamedList(Fields fields, MentionKind kind, params ReadOnlySpan<string> names)
    {
        if (fields.Take(names) is not { } entry)
            return [];
        IReadOnlyList<string> words = [.. fields.WordsOf(entry).Select(word => word.TrimStart('/', '@')).Where(word => word.Length > 0)];
        var items = (entry.Value as YamlNode.Sequence)?.Items;
        for (var i = 0; i < words.Count; i++)
            Mention(kind, words[i], items?.Count == words.Count ? items[i].At : entry.Value.At, entry.Key.Value);
        return words;
    }
}
