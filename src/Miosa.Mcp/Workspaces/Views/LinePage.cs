using System.Globalization;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Workspaces.Views;

/// <summary>Some lines of a list that fit an answer, how many are left, and where they begin.</summary>
internal sealed record LinePage(IReadOnlyList<string> Lines, bool IsFirst, int Left, string? NextCursor)
{
    /// <param name="all">What is listed.</param>
    /// <param name="cursor">Where to begin, as the page before said.</param>
    /// <param name="most">How many lines.</param>
    /// <param name="budget">Characters, as JSON writes them. One line is given, however long.</param>
    /// <param name="line">What is said of one.</param>
    public static LinePage Of<T>(IReadOnlyList<T> all, string? cursor, int most, int budget, Func<T, string> line)
    {
        var start = int.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var at) ? Math.Min(at, all.Count) : 0;
        List<string> lines = [];
        foreach (var text in all.Skip(start).Take(most).Select(line))
        {
            budget -= ResultBudget.Length(text) + 3;
            if (budget < 0 && lines.Count > 0)
                break;
            lines.Add(text);
        }
        var end = start + lines.Count;
        return new LinePage(lines, start is 0, all.Count - end, end < all.Count ? end.ToString(CultureInfo.InvariantCulture) : null);
    }
}
