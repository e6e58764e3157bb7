namespace Miosa.Mcp.Calls;

/// <summary>Cuts texts to what real clients keep whole, counting characters as JSON writes them.</summary>
internal static class ResultBudget
{
    /// <summary>Characters of a text inside a JSON string.</summary>
    public static int Length(ReadOnlySpan<char> text)
    {
        var length = 0;
        foreach (var c in text)
            length += Cost(c);
        return length;
    }

    /// <summary>As much of the end as fits, from the start of a line where there is one.</summary>
    public static string End(string text, int budget)
    {
        var at = text.Length;
        while (at > 0 && budget - Cost(text[at - 1]) >= 0)
            budget -= Cost(text[--at]);
        if (at is 0)
            return text;
        if (at < text.Length && char.IsLowSurrogate(text[at]) && char.IsHighSurrogate(text[at - 1]))
            at++;
        // The end of the line before counts: what begins behind it is a whole line.
        var line = text.IndexOf('\n', at - 1);
        return line >= 0 && line + 1 < text.Length && line - at < 500 ? text[(line + 1)..] : text[at..];
    }

    /// <summary>As much of the beginning as fits.</summary>
    public static string Start(string text, int budget)
    {
        var at = 0;
        while (at < text.Length && budget - Cost(text[at]) >= 0)
            budget -= Cost(text[at++]);
        if (at > 0 && at < text.Length && char.IsHighSurrogate(text[at - 1]) && char.IsLowSurrogate(text[at]))
            at--;
        return text[..at];
    }

    /// <summary>The first characters of a text, as it is in memory, and no half of one.</summary>
    public static string First(string text, int most) =>
        text.Length <= most ? text
        : most <= 0 ? ""
        : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];

    /// <summary>What the encoder of <see cref="Wire"/> makes of a character; it writes both halves of a surrogate pair as numbers.</summary>
    private static int Cost(char c) => c switch
    {
        '"' or '\\' or '\b' or '\f' or '\n' or '\r' or '\t' => 2,
        >= ' ' and < '\u007F' => 1,
        _ => char.IsSurrogate(c) || Wire.Options.Encoder!.WillEncode(c) ? 6 : 1,
    };
}
