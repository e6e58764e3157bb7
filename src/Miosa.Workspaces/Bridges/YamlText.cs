using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Miosa.Workspaces.Bridges;

/// <summary>YAML that also the simple readers of runtimes understand: one value a line, quoted where there is any doubt.</summary>
internal static partial class YamlText
{
    /// <summary>The header of a Markdown file. Values are written as they are: see <see cref="Scalar"/> and <see cref="Sequence"/>.</summary>
    public static string FrontMatter(IEnumerable<(string Key, string? Value)> fields)
    {
        var text = new StringBuilder("---\n");
        foreach (var (key, value) in fields)
        {
            if (value is not null)
                text.Append(key).Append(value.StartsWith('\n') ? ":" : ": ").Append(value).Append('\n');
        }
        return text.Append("---\n").ToString();
    }

    /// <summary>One line, plain where that can only be read as a text.</summary>
    public static string Scalar(string text)
    {
        var line = OneLine(text);
        return Plain().IsMatch(line) && !Reserved().IsMatch(line) ? line : Quoted(line);
    }

    public static string Sequence(IEnumerable<string> items) => $"[{string.Join(", ", items.Select(Quoted))}]";

    /// <summary>One item a line, which even readers take that know no brackets.</summary>
    public static string Lines(IEnumerable<string> items) => string.Concat(items.Select(item => $"\n  - {Scalar(item)}"));

    /// <summary>In quotes that YAML, TOML and JSON read alike; no escapes but those that cannot be done without.</summary>
    public static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"", text.Length + 2);
        foreach (var letter in text)
        {
            if (letter is '"' or '\\')
                quoted.Append('\\').Append(letter);
            else if (letter is '\n')
                quoted.Append("\\n");
            else if (char.IsControl(letter) || letter is '\u2028' or '\u2029' or '\u0085')
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:X4}");
            else
                quoted.Append(letter);
        }
        return quoted.Append('"').ToString();
    }

    /// <summary>The beginning of a text, without the half of a sign that is written as two: a file with a half could not be written.</summary>
    public static string Beginning(string text, int longest) =>
        text.Length <= longest ? text : text[..(char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest)];

    public static string OneLine(string text) => Space().Replace(text, " ").Trim();

    /// <summary>A value of the contract as a block of YAML that reads back as the same value.</summary>
    public static string Of(Fact.Map facts)
    {
        var text = new StringBuilder();
        Write(text, facts, 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, Fact.Map map, int indent)
    {
        foreach (var (key, value) in map.Fields)
        {
            text.Append(' ', indent).Append(Key().IsMatch(key) && !Reserved().IsMatch(key) ? key : Quoted(key)).Append(':');
            Write(text, value, indent);
        }
    }

    private static void Write(StringBuilder text, Fact value, int indent)
    {
        switch (value)
        {
            case Fact.Map { Fields.Count: > 0 } map:
                text.Append('\n');
                Write(text, map, indent + 2);
                break;
            case Fact.List { Items.Count: > 0 } list:
                text.Append('\n');
                foreach (var item in list.Items)
                {
                    text.Append(' ', indent + 2).Append('-');
                    Write(text, item, indent + 2);
                }
                break;
            default:
                text.Append(' ').Append(value switch
                {
                    Fact.Map => "{}",
                    Fact.List => "[]",
                    Fact.Flag flag => flag.Value ? "true" : "false",
                    Fact.Number number => number.Digits,
                    Fact.Text words when words.Value == OneLine(words.Value) => Scalar(words.Value),
                    Fact.Text words => Quoted(words.Value),
                    _ => "null",
                }).Append('\n');
                break;
        }
    }

    [GeneratedRegex(@"^[\p{L}][\p{L}\p{Nd} _./()'’+%€£$,;-]*\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Plain();

    [GeneratedRegex(@"^(?:true|false|yes|no|on|off|null|y|n|nan|inf)\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Reserved();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_-]*\z", RegexOptions.NonBacktracking)]
    private static partial Regex Key();

    [GeneratedRegex(@"\s+", RegexOptions.NonBacktracking)]
    private static partial Regex Space();
}
