namespace Miosa.Workspaces.Bridges;

/// <summary>The part of a person's file that is ours. Everything outside of it stays as it is, to the byte.</summary>
public static class ManagedBlock
{
    /// <summary>How a block begins in Markdown. It is not the marker of a whole file, which would make all of it ours.</summary>
    public const string Begins = "<!-- " + BeginsHere;

    public const string Ends = "<!-- " + EndsHere + " -->";

    private const string BeginsHere = "miosa bridge begins";
    private const string EndsHere = "miosa bridge ends";
    private const string LineBegins = "# " + BeginsHere;
    private const string LineEnds = "# " + EndsHere;
    private const string Says = ": what is between here and the end is written again by miosa bridge";

    public static string Markdown(string content) => $"{Begins}{Says} -->\n{content}{Ends}\n";

    public static string Lines(string content) => $"{LineBegins}{Says}\n{content}{LineEnds}\n";

    /// <summary>Where a block is in a file, its end line included. Null: there is none that is whole.</summary>
    public static (int Start, int Length)? Find(string text)
    {
        var (begins, ends) = text.Contains(Begins, StringComparison.Ordinal) ? (Begins, Ends) : (LineBegins, LineEnds);
        var start = text.IndexOf(begins, StringComparison.Ordinal);
        if (start < 0 || start > 0 && text[start - 1] is not '\n')
            return null;

        // The last: a text of the contract that spells our end line does not end the block.
        var end = text.LastIndexOf(ends, StringComparison.Ordinal);
        if (end < start)
            return null;
        var next = text.IndexOf('\n', end);
        return (start, (next < 0 ? text.Length : next + 1) - start);
    }

    /// <summary>Whether one of a block's two lines is there without the other, so that nobody knows which lines are ours.</summary>
    public static bool IsHalf(string text) =>
        Find(text) is null && (text.Contains(BeginsHere, StringComparison.Ordinal) || text.Contains(EndsHere, StringComparison.Ordinal));

    /// <summary>What the person wrote.</summary>
    public static string Strip(string text) => Find(text) is var (start, length) ? text.Remove(start, length) : text;

    /// <summary>What the person wrote, with everything at its place: a block in the middle becomes empty lines.</summary>
    internal static string Blank(string text)
    {
        if (!text.Contains(BeginsHere, StringComparison.Ordinal) || Find(text) is not var (start, length))
            return text;
        return start + length == text.Length
            ? text[..start]
            : string.Concat(text.AsSpan(0, start), string.Create(length, text.AsSpan(start, length).ToString(), static (blank, block) =>
            {
                for (var i = 0; i < blank.Length; i++)
                    blank[i] = block[i] is '\n' or '\r' ? block[i] : ' ';
            }), text.AsSpan(start + length));
    }

    /// <summary>The person's text with a block at its end, or in the place of the one it has.</summary>
    internal static string Put(string text, string block)
    {
        if (Find(text) is var (start, length))
            return string.Concat(text.AsSpan(0, start), block, text.AsSpan(start + length));
        var gap = text.Length is 0 ? "" : text.EndsWith('\n') ? "\n" : "\n\n";
        return text + gap + block;
    }
}
