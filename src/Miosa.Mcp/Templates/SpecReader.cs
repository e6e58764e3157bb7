using System.Globalization;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Templates;

/// <summary>Takes fields out of a specification and notes everything that is wrong with them, so that a person mends it at once.</summary>
internal sealed class SpecReader
{
    private const int MostProblems = 8;
    private const int LongestShown = 60;
    private readonly List<string> _problems = [];

    public bool HasProblems => _problems.Count > 0;

    /// <exception cref="SpecException">Something was wrong.</exception>
    public void Finish()
    {
        if (HasProblems)
            throw new SpecException(_problems);
    }

    public void Note(SpecNode at, string problem)
    {
        if (_problems.Count < MostProblems)
            _problems.Add($"{at.At}: {problem}");
    }

    /// <summary>The fields, of which none may have a name that is not among these.</summary>
    public IReadOnlyDictionary<string, SpecNode> Fields(SpecNode node, string what, params IReadOnlyList<string> names)
    {
        if (node is not SpecNode.Map map)
        {
            Note(node, $"{what} is {node.Kind}; it takes the fields {string.Join(", ", names)}.");
            return new Dictionary<string, SpecNode>();
        }
        foreach (var (name, value) in map.Fields.Where(field => !names.Contains(field.Key)))
        {
            Note(value, Similarity.Nearest(name, [.. names]) is { } near
                ? $"`{Show(name)}` is no field of {what}; did you mean `{near}`?"
                : $"`{Show(name)}` is no field of {what}; it takes {string.Join(", ", names)}.");
        }
        return map.Fields;
    }

    public string? Text(IReadOnlyDictionary<string, SpecNode> fields, string name, int longest, Func<string, string?>? problem = null) =>
        fields.TryGetValue(name, out var node) ? Text(node, name, longest, problem) : null;

    public string? Text(SpecNode node, string name, int longest, Func<string, string?>? problem = null)
    {
        if (node is not SpecNode.Scalar { Text: var text })
            Note(node, $"`{name}` is {node.Kind}; it takes a text.");
        else if (text.Length is 0 || text.Length > longest || text.Contains('\0', StringComparison.Ordinal))
            Note(node, $"`{name}` has {text.Length} characters{(text.Contains('\0', StringComparison.Ordinal) ? " and a NUL among them" : "")}; it takes 1 to {longest}.");
        else if (problem?.Invoke(text) is { } wrong)
            Note(node, $"`{name}` is `{Show(text)}`; {wrong}");
        else
            return text;
        return null;
    }

    public string? Choice(IReadOnlyDictionary<string, SpecNode> fields, string name, params IReadOnlyList<string> choices) =>
        Text(fields, name, LongestShown, text => choices.Contains(text) ? null : $"it takes {string.Join(", ", choices)}.");

    public int? Number(IReadOnlyDictionary<string, SpecNode> fields, string name, int least, int most) =>
        fields.TryGetValue(name, out var node) ? Number(node, name, least, most) : null;

    public int? Number(SpecNode node, string name, int least, int most)
    {
        if (node is SpecNode.Scalar { Text: var text } && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        Note(node, $"`{name}` is {(node is SpecNode.Scalar scalar ? $"`{Show(scalar.Text)}`" : node.Kind)}; it takes a whole number from {least} to {most}.");
        return null;
    }

    public IReadOnlyList<T> List<T>(IReadOnlyDictionary<string, SpecNode> fields, string name, int most, Func<SpecNode, T?> read)
        where T : class
    {
        if (!fields.TryGetValue(name, out var node))
            return [];
        if (node is not SpecNode.List list)
        {
            Note(node, $"`{name}` is {node.Kind}; it takes a list.");
            return [];
        }
        if (list.Items.Count > most)
        {
            Note(node, $"`{name}` is a list of {list.Items.Count}; {most} is the most.");
            return [];
        }
        return [.. list.Items.Select(read).OfType<T>()];
    }

    public IReadOnlyDictionary<string, string> Texts(IReadOnlyDictionary<string, SpecNode> fields, string name, int most, int longest, Func<string, string?> problem)
    {
        if (!fields.TryGetValue(name, out var node))
            return new Dictionary<string, string>();
        if (node is not SpecNode.Map map || map.Fields.Count > most)
        {
            Note(node, node is SpecNode.Map many ? $"`{name}` has {many.Fields.Count} fields; {most} is the most." : $"`{name}` is {node.Kind}; it takes names with values.");
            return new Dictionary<string, string>();
        }
        Dictionary<string, string> texts = new(StringComparer.Ordinal);
        foreach (var (key, value) in map.Fields)
        {
            if (problem(key) is { } wrong)
                Note(value, $"`{name}` has `{Show(key)}`; {wrong}");
            else if (value is SpecNode.Scalar { Text.Length: var length } scalar && length <= longest && !scalar.Text.Contains('\0', StringComparison.Ordinal))
                texts[key] = scalar.Text;
            else
                Note(value, $"`{name}.{Show(key)}` takes a text of at most {longest} characters.");
        }
        return texts;
    }

    /// <summary>What somebody wrote, short and without what would break a line.</summary>
    public static string Show(string text, int longest = LongestShown)
    {
        var start = ResultBudget.Start(text, longest);
        var clean = string.Concat(start.Select(c => char.IsControl(c) ? ' ' : c));
        return start.Length < text.Length ? clean + "…" : clean;
    }
}
