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
        if (char.IsLowSurrogate(text[at]))
            at++;
        var line = text.IndexOf('\n', at);
        return line >= 0 && line + 1 < text.Length && line - at < 500 ? text[(line + 1)..] : text[at..];
    }

    /// <summary>As much of the beginning as fits.</summary>
    public static string Start(string text, int budget)
    {
        var at = 0;
        while (at < text.Length && budget - Cost(text[at]) >= 0)
            budget -= Cost(text[at++]);
        if (at > 0 && at < text.Length && char.IsHighSurrogate(text[at - 1]))
            at--;
        return text[..at];
    }

    private static int Cost(char c) => c switch
    {
        '"' or '\\' or '\n' or '\t' or '\r' => 2,
        < ' ' or '\u007F' => 6,
        _ => 1,
    };
}
