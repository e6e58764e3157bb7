namespace Miosa.Mcp.Calls;

/// <summary>Finds what somebody probably meant.</summary>
internal static class Similarity
{
    private const int LongestCompared = 128;

    /// <summary>The candidate with the fewest letters to change, if few enough.</summary>
    public static string? Nearest(string text, IReadOnlyCollection<string> candidates)
    {
        if (text.Length > LongestCompared)
            return null;
        var best = candidates.Select(candidate => (candidate, distance: Distance(text, candidate))).OrderBy(pair => pair.distance).FirstOrDefault();
        return best.candidate is not null && best.distance <= Math.Max(2, text.Length / 3) && best.distance < best.candidate.Length ? best.candidate : null;
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[b.Length];
    }
}
