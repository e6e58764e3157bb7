using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Miosa.Workspaces.Bridges;

/// <summary>
/// Markdown made from files of the contract. A comment at its end says which part is which file, and holds the front
/// matter that the runtime would not understand, so that <see cref="RestoredFile"/> gets the files back.
/// </summary>
internal sealed class GeneratedText
{
    public const string ContractBegins = "<!-- miosa:contract ";
    public const string ContractEnds = " -->";

    /// <summary>Escapes &lt; and &gt;, so no value ends the comment.</summary>
    internal static JsonSerializerOptions Json { get; } = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    private readonly StringBuilder _text = new();
    private readonly List<Dictionary<string, object>> _files = [];

    /// <summary>The first line of a file that is ours.</summary>
    public static string Head(string source) => $"{GeneratedMarker.Line} from {YamlText.OneLine(source).Replace("-->", "", StringComparison.Ordinal)}. Change that, not this, and run it again. -->\n";

    /// <summary>A whole file made from one file of the contract.</summary>
    public static string Of(string frontMatter, string path, string text, string after = "") =>
        frontMatter + Head(path) + new GeneratedText().File(path, text).Words(after);

    /// <summary>Words of ours.</summary>
    public GeneratedText Words(string text)
    {
        _text.Append(text);
        return this;
    }

    /// <summary>A Markdown file of the contract: its body to be read, its front matter to be kept. Of a file of another kind, only the latter.</summary>
    public GeneratedText File(string path, string text)
    {
        if (!path.EndsWith(".md", StringComparison.OrdinalIgnoreCase))
        {
            _files.Add(new() { ["path"] = path, ["text"] = text });
            return this;
        }
        var (front, body) = Split(text);
        var shown = Harmless.Make(body);
        Dictionary<string, object> file = new() { ["path"] = path, ["at"] = _text.Length, ["length"] = shown.Length };
        if (front is not null)
            file["front"] = front;
        _files.Add(file);
        _text.Append(shown);
        return this;
    }

    /// <summary>A file of the contract in a form of ours, which reads back as the same.</summary>
    public GeneratedText Rendered(string path, string text)
    {
        var shown = Harmless.Make(text);
        _files.Add(new() { ["path"] = path, ["at"] = _text.Length, ["length"] = shown.Length });
        _text.Append(shown);
        return this;
    }

    public override string ToString()
    {
        var gap = _text.Length is 0 || _text[^1] is '\n' ? "" : "\n";
        return $"{_text}{gap}\n{ContractBegins}{JsonSerializer.Serialize(new Dictionary<string, object> { ["files"] = _files }, Json)}{ContractEnds}\n";
    }

    /// <summary>What stands between the lines of three hyphens, and what follows.</summary>
    internal static (string? Front, string Body) Split(string text)
    {
        const string line = "---\n";
        if (!text.StartsWith(line, StringComparison.Ordinal))
            return (null, text);
        var end = text.IndexOf("\n---\n", line.Length - 1, StringComparison.Ordinal);
        return end < line.Length ? (null, text) : (text[line.Length..end], text[(end + 5)..]);
    }
}
