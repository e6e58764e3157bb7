namespace Miosa.Workspaces.Reading;

/// <summary>Finds what somebody meant.</summary>
internal static class Spelling
{
    private const int Longest = 32;

    /// <summary>The one of the names that is a slip of the keyboard away, if it is not the same.</summary>
    public static string? Nearest(string word, IReadOnlyList<string> names)
    {
        if (word.Length is < 4 or > Longest)
            return null;
        foreach (var name in names)
        {
            var plain = Fields.Plain(name);
            var most = plain.Length > 6 ? 2 : 1;
            if (plain.Length >= 4 && plain.Length <= Longest && Math.Abs(plain.Length - word.Length) <= most && Distance(word, plain) is > 0 and var distance && distance <= most && word != plain + "s" && plain != word + "s")
                return name;
        }
        return null;
    }

    /// <summary>How many letters have to be put in, taken out, changed or swapped with their neighbour.</summary>
    private static int Distance(string one, string other)
    {
        Span<int> before = stackalloc int[Longest + 1];
        Span<int> last = stackalloc int[Longest + 1];
        Span<int> now = stackalloc int[Longest + 1];
        for (var j = 0; j <= other.Length; j++)
            last[j] = j;
        for (var i = 1; i <= one.Length; i++)
        {
            now[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                now[j] = Math.Min(Math.Min(now[j - 1], last[j]) + 1, last[j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                    now[j] = Math.Min(now[j], before[j - 2] + 1);
            }
            last.CopyTo(before);
            now.CopyTo(last);
        }
        return last[other.Length];
    }
}
