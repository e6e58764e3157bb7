using System.Text;

namespace Miosa.Workspaces.Reading;

/// <summary>As much of Markdown as the contract needs: headings, lists, links.</summary>
internal static class Markdown
{
    private const int MostSections = 500;
    private const int MostLinks = 500;

    /// <summary>Of one item: it is a line in the model, the whole text is in the body.</summary>
    private const int MostCharacters = 2_000;

    /// <summary>The headings of a body that begins at a place of the file.</summary>
    public static IReadOnlyList<Section> Sections(SourceText source, int bodyStart)
    {
        List<Section> sections = [];
        char? fence = null;
        for (var line = source.LineOf(bodyStart); line < source.LineCount && sections.Count < MostSections; line++)
        {
            var text = source.Line(line);
            if (IsFence(text, ref fence) || fence is not null)
                continue;
            var level = 0;
            while (level < text.Length && text[level] is '#')
                level++;
            if (level is 0 or > 6 || level < text.Length && text[level] is not (' ' or '\t'))
                continue;
            var start = source.LineStart(line) - bodyStart;
            if (start < 0)
                continue;
            if (sections.Count > 0)
                sections[^1] = sections[^1] with { Length = start - sections[^1].Start };
            sections.Add(new Section(text[level..].Trim().TrimEnd('#').TrimEnd().ToString(), level, line + 1, start, source.Text.Length - bodyStart - start));
        }
        return sections;
    }

    /// <summary>The items of the lists in a text; where it has none, its paragraphs.</summary>
    public static IReadOnlyList<string> Items(ReadOnlySpan<char> text)
    {
        List<string> items = [];
        List<string> paragraphs = [];
        var open = new StringBuilder();
        foreach (var raw in text.EnumerateLines())
        {
            var line = raw.Trim();
            if (line.IsEmpty)
            {
                Close();
            }
            else if (ItemText(line) is >= 0 and var from && !char.IsWhiteSpace(raw[0]))
            {
                Close();
                items.Add(line[from..].Trim().ToString());
            }
            else if (items.Count > 0 && char.IsWhiteSpace(raw[0]))
            {
                if (items[^1].Length + line.Length < MostCharacters)
                    items[^1] += " " + line.ToString();
            }
            else if (line[0] is not '#' && open.Length + line.Length < MostCharacters)
            {
                open.Append(open.Length > 0 ? " " : "").Append(line);
            }
        }
        Close();
        return items.Count > 0 ? items : paragraphs;

        void Close()
        {
            if (open.Length > 0)
                paragraphs.Add(open.ToString());
            open.Clear();
        }
    }

    /// <summary>The first paragraph that is no heading, list, quote or code.</summary>
    public static string? FirstParagraph(string body)
    {
        var text = new StringBuilder();
        char? fence = null;
        foreach (var raw in body.AsSpan().EnumerateLines())
        {
            var line = raw.Trim();
            if (IsFence(line, ref fence) || fence is not null)
                continue;
            var isText = !line.IsEmpty && line[0] is not ('#' or '>' or '|' or '<' or '-' or '*');
            if (isText)
                text.Append(text.Length > 0 ? " " : "").Append(line);
            else if (text.Length > 0)
                break;
            if (text.Length > 1024)
                break;
        }
        return text.Length > 0 ? text.ToString() : null;
    }

    /// <summary>The targets of `[text](target)` that mean files here, and where they stand in the text.</summary>
    public static IReadOnlyList<(string Target, int At)> FileLinks(string text, int from)
    {
        List<(string, int)> links = [];
        char? fence = null;
        var at = from;
        foreach (var line in text.AsSpan(from).EnumerateLines())
        {
            var isCode = IsFence(line, ref fence) || fence is not null;
            for (var open = 0; !isCode && links.Count < MostLinks && line[open..].IndexOf("](", StringComparison.Ordinal) is >= 0 and var next;)
            {
                open += next + 2;
                var close = line[open..].IndexOf(')');
                if (close < 0)
                    break;
                if (Target(line.Slice(open, close)) is { } target)
                    links.Add((target, at + open));
                open += close;
            }
            at += line.Length;
            // EnumerateLines takes the breaks away; they are one or two characters.
            at += at + 1 < text.Length && text[at] is '\r' && text[at + 1] is '\n' ? 2 : 1;
        }
        return links;
    }

    private static string? Target(ReadOnlySpan<char> link)
    {
        var target = link.Trim();
        if (target.IndexOfAny(' ', '#', '?') is >= 0 and var end)
            target = target[..end];
        if (target.IsEmpty || target.Contains(':') || target[0] is '/' or '<' or '{' or '$' or '~' || target.ContainsAny('{', '*', '<') || target.Length > 300)
            return null;
        // `[1](2)` and `f[i](x)` are no files.
        return target.Contains('.') || target.Contains('/') ? Uri.UnescapeDataString(target.ToString()) : null;
    }

    private static int ItemText(ReadOnlySpan<char> line)
    {
        if (line.Length > 1 && line[0] is '-' or '*' or '+' && line[1] is ' ')
            return 2;
        var digits = 0;
        while (digits < line.Length && char.IsAsciiDigit(line[digits]))
            digits++;
        return digits is > 0 and < 10 && digits + 1 < line.Length && line[digits] is '.' or ')' && line[digits + 1] is ' ' ? digits + 2 : -1;
    }

    private static bool IsFence(ReadOnlySpan<char> line, ref char? fence)
    {
        var text = line.TrimStart();
        var sign = text.StartsWith("```", StringComparison.Ordinal) ? '`' : text.StartsWith("~~~", StringComparison.Ordinal) ? '~' : (char?)null;
        if (sign is null || fence is not null && fence != sign)
            return false;
        fence = fence is null ? sign : null;
        return true;
    }
}
