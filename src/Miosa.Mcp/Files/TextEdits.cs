using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Files;

/// <summary>One exact replacement.</summary>
internal sealed record TextEdit
{
    /// <summary>The text as it stands in the file, with its white space.</summary>
    public required string OldText { get; init; }

    public required string NewText { get; init; }

    /// <summary>Replace every occurrence; otherwise there must be exactly one.</summary>
    public bool ReplaceAll { get; init; }
}

/// <summary>Applies exact replacements to a text: all of them, in order, or none.</summary>
internal static class TextEdits
{
    private const int LongestNearest = 600;

    /// <summary>The edited text and how many places changed.</summary>
    public static (string Text, int Replacements) Apply(string text, IReadOnlyList<TextEdit> edits)
    {
        var replacements = 0;
        for (var i = 0; i < edits.Count; i++)
        {
            var edit = edits[i];
            if (edit.OldText.Length is 0)
                throw Failed(i, edits.Count, "its old_text is empty.", "Give the text that is to be replaced; sandbox_write_file writes a whole file.");
            if (edit.OldText == edit.NewText)
                throw Failed(i, edits.Count, "its old_text and new_text are the same.", "Leave it out.");
            var count = Count(text, edit.OldText);
            if (count is 0)
                throw Failed(i, edits.Count, "its old_text is not in the file.", Nearest(text, edit.OldText));
            if (count > 1 && !edit.ReplaceAll)
                throw Failed(i, edits.Count, $"its old_text stands {count} times in the file, first on lines {string.Join(", ", Lines(text, edit.OldText).Take(5))}.", "Give more of the text around it, or set replace_all.");
            text = text.Replace(edit.OldText, edit.NewText, StringComparison.Ordinal);
            replacements += count;
        }
        return (text, replacements);
    }

    private static ToolFailureException Failed(int index, int count, string why, string next) => new(
        ToolErrorCode.PreconditionFailed, $"Nothing was changed: edit {index + 1} of {count} does not apply, {why}", next);

    private static int Count(string text, string part)
    {
        var count = 0;
        for (var at = text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(part, at + part.Length, StringComparison.Ordinal))
            count++;
        return count;
    }

    private static IEnumerable<int> Lines(string text, string part)
    {
        for (var at = text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(part, at + part.Length, StringComparison.Ordinal))
            yield return text.AsSpan(0, at).Count('\n') + 1;
    }

    /// <summary>The place that is most like what was looked for, by the lines they share.</summary>
    private static string Nearest(string text, string part)
    {
        var lines = text.Split('\n');
        var wanted = part.Split('\n').Select(Fold).ToList();
        var wantedWords = wanted.Select(Words).ToList();
        var (best, bestScore) = (-1, 0.0);
        for (var start = 0; start <= Math.Max(0, lines.Length - wanted.Count); start++)
        {
            var score = 0.0;
            for (var i = 0; i < wanted.Count && start + i < lines.Length; i++)
                score += Likeness(Fold(lines[start + i]), wanted[i], wantedWords[i]);
            if (score > bestScore)
                (best, bestScore) = (start, score);
        }
        if (best < 0 || bestScore < 0.3 * wanted.Count)
            return "Nothing in the file is like it. Read the file with sandbox_read_file and copy the text exactly.";
        var nearest = string.Join('\n', lines.Skip(best).Take(wanted.Count));
        if (nearest.Length > LongestNearest)
            nearest = nearest[..LongestNearest] + "…";
        return $"The nearest text is at line {best + 1}; compare white space and punctuation, and copy it exactly:\n{nearest}";
    }

    private static string Fold(string line) => string.Join(' ', line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static HashSet<string> Words(string line) => [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)];

    private static double Likeness(string line, string wanted, HashSet<string> wantedWords)
    {
        if (line == wanted)
            return wanted.Length is 0 ? 0.1 : 1;
        if (wantedWords.Count is 0)
            return 0;
        var shared = Words(line).Count(wantedWords.Contains);
        return 0.9 * shared / wantedWords.Count;
    }
}
