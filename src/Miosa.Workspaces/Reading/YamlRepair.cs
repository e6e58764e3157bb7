using System.Text;

namespace Miosa.Workspaces.Reading;

/// <summary>What people write and mean, where YAML reads something else: `description: Use it: when asked`.</summary>
internal static class YamlRepair
{
    /// <summary>The text with quotes around what needs them.</summary>
    /// <param name="Text">All of it.</param>
    /// <param name="Lines">The lines that were changed.</param>
    /// <param name="Insertions">Where a quote was put in, as places in the original, in order.</param>
    public sealed record Repaired(string Text, IReadOnlyList<RepairedLine> Lines, IReadOnlyList<int> Insertions)
    {
        /// <summary>The place in the original of a place in this text.</summary>
        public int Original(int at)
        {
            int low = 0, high = Insertions.Count;
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (Insertions[middle] + middle < at)
                    low = middle + 1;
                else
                    high = middle;
            }
            return at - low;
        }
    }

    /// <summary>A line that was changed.</summary>
    public sealed record RepairedLine(string Key, int At, IReadOnlyList<int> Insertions);

    public static Repaired QuoteTexts(string text)
    {
        List<RepairedLine> lines = [];
        List<int> all = [];
        var block = -1; // the indentation of the line that began a block of text
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start) is >= 0 and var at ? at : text.Length;
            var line = text.AsSpan(start, end - start).TrimEnd();
            var indent = line.Length - line.TrimStart(' ').Length;
            if (block >= 0 && (line.IsEmpty || indent > block))
            {
                start = end + 1;
                continue;
            }
            block = -1;
            if (Value(line) is { } from)
            {
                var value = line[from..];
                if (value[0] is '|' or '>')
                    block = indent;
                else if (NeedsQuotes(value))
                    lines.Add(Quoted(line, start, from, all));
            }
            start = end + 1;
        }
        if (all.Count is 0)
            return new Repaired(text, lines, all);

        var repaired = new StringBuilder(text.Length + all.Count);
        var copied = 0;
        foreach (var at in all)
        {
            repaired.Append(text, copied, at - copied).Append('\'');
            copied = at;
        }
        return new Repaired(repaired.Append(text, copied, text.Length - copied).ToString(), lines, all);
    }

    /// <summary>The parts that begin with a field at the left edge.</summary>
    public static IEnumerable<(int Start, int End)> Blocks(string text)
    {
        var begin = 0;
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start) is >= 0 and var at ? at + 1 : text.Length;
            if (start > begin && text[start] is not (' ' or '\t' or '#' or '-' or '\r' or '\n' or ']' or '}'))
            {
                yield return (begin, start);
                begin = start;
            }
            start = end;
        }
        if (begin < text.Length)
            yield return (begin, text.Length);
    }

    /// <summary>The name before the first colon of a block.</summary>
    public static string? KeyOf(string block)
    {
        var end = block.AsSpan().IndexOfAny(':', '\n');
        return end > 0 && block[end] is ':' && end <= 64 ? block[..end] : null;
    }

    /// <summary>Where the value of `key: value`, `- value` or `- key: value` begins.</summary>
    private static int? Value(ReadOnlySpan<char> line)
    {
        var at = 0;
        while (at < line.Length && line[at] is ' ')
            at++;
        while (at + 1 < line.Length && line[at] is '-' && line[at + 1] is ' ')
        {
            at++;
            while (at < line.Length && line[at] is ' ')
                at++;
        }
        var key = at;
        while (at < line.Length && (char.IsAsciiLetterOrDigit(line[at]) || line[at] is '_' or '-' or '.'))
            at++;
        if (at == key || at + 1 >= line.Length || line[at] is not ':' || line[at + 1] is not (' ' or '\t'))
            return null;
        for (at++; at < line.Length && line[at] is ' ' or '\t';)
            at++;
        return at < line.Length ? at : null;
    }

    private static bool NeedsQuotes(ReadOnlySpan<char> value) => value[0] switch
    {
        '"' or '\'' or '#' or '{' or '&' or '!' => false,
        '@' or '`' or '%' or '*' => true,
        '[' => !value.EndsWith("]", StringComparison.Ordinal) && value.Contains(']'),
        _ => value.Contains(": ", StringComparison.Ordinal) || value.EndsWith(":", StringComparison.Ordinal) || value.Contains(":\t", StringComparison.Ordinal),
    };

    private static RepairedLine Quoted(ReadOnlySpan<char> line, int start, int from, List<int> all)
    {
        List<int> places = [start + from];
        for (var at = from; at < line.Length; at++)
        {
            if (line[at] is '\'')
                places.Add(start + at);
        }
        places.Add(start + line.Length);
        all.AddRange(places);
        return new RepairedLine(line[..from].Trim(" :-").ToString(), start + from, places);
    }
}
