using System.Buffers;

namespace Miosa.Workspaces.Checks;

/// <summary>Finds what looks like a key that should not be in a folder which everybody reads.</summary>
internal static class Secrets
{
    private const int LeastLetters = 20;
    private static readonly string[] Beginnings = ["sk-", "ghp_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "AKIA", "AIza", "-----BEGIN"];
    private static readonly SearchValues<string> Any = SearchValues.Create(Beginnings, StringComparison.Ordinal);

    /// <summary>Where the first one is.</summary>
    public static int? Find(string text)
    {
        for (var from = 0; text.AsSpan(from).IndexOfAny(Any) is >= 0 and var next; from++)
        {
            from += next;
            var rest = text.AsSpan(from);
            if (rest.StartsWith("-----BEGIN", StringComparison.Ordinal))
            {
                if (rest[..Math.Min(rest.Length, 60)].Contains("PRIVATE KEY-----", StringComparison.Ordinal))
                    return from;
                continue;
            }
            if (from > 0 && char.IsLetterOrDigit(text[from - 1]))
                continue;
            int length = 0, digits = 0;
            while (length < rest.Length && length < 200 && (char.IsAsciiLetterOrDigit(rest[length]) || rest[length] is '-' or '_'))
                digits += char.IsAsciiDigit(rest[length++]) ? 1 : 0;
            // `sk-write-a-proposal-for-clients` is no key: keys have digits.
            if (length >= LeastLetters && digits >= 3)
                return from;
        }
        return null;
    }
}
