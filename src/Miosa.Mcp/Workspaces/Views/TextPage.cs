using System.Globalization;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Workspaces.Views;

/// <summary>A part of a text that fits an answer, and where the rest begins.</summary>
internal sealed record TextPage(string Text, string? NextCursor, int Left)
{
    /// <param name="text">All of it.</param>
    /// <param name="cursor">Where to begin, as the page before said.</param>
    /// <param name="budget">Characters, as JSON writes them.</param>
    public static TextPage Of(string text, string? cursor, int budget)
    {
        var start = Start(text, cursor);
        var part = ResultBudget.Start(text[start..], budget);
        var end = start + part.Length;
        if (end < text.Length && part.LastIndexOf('\n') is var line && line > part.Length / 2)
            (part, end) = (part[..(line + 1)], start + line + 1);
        return new TextPage(part, end < text.Length ? end.ToString(CultureInfo.InvariantCulture) : null, text.Length - end);
    }

    private static int Start(string text, string? cursor)
    {
        if (cursor is null)
            return 0;
        return int.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= text.Length
            ? at
            : throw new ToolFailureException(ToolErrorCode.InvalidInput, $"`cursor` is `{ResultBudget.Start(cursor, 40)}`; it is what next_cursor gave, and the text may have changed since.", "Leave it out to read from the start.");
    }
}
