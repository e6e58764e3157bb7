using System.Text;

namespace Miosa.Workspaces.Bridges;

/// <summary>Names that every runtime takes as a file's and a command's name, whatever the contract's files say.</summary>
public static class SafeName
{
    private const int Longest = 64;

    /// <summary>What a letter with a mark becomes; this program runs without the tables that know all of them.</summary>
    private const string Marked = "àáâãäåçèéêëìíîïñòóôõöøùúûüýÿ";
    private const string Plain = "aaaaaaceeeeiiiinoooooouuuuyy";

    /// <summary>Small letters, digits and single hyphens, 64 at most; never empty, never a path.</summary>
    public static string Of(string name)
    {
        var slug = new StringBuilder();
        foreach (var written in name)
        {
            var letter = char.ToLowerInvariant(written);
            letter = Marked.IndexOf(letter, StringComparison.Ordinal) is >= 0 and var known ? Plain[known] : letter;
            if (char.IsAsciiLetterOrDigit(letter))
                slug.Append(letter);
            else if (slug.Length > 0 && slug[^1] != '-' && !char.IsLetter(letter))
                slug.Append('-');
            if (slug.Length == Longest)
                break;
        }
        var text = slug.ToString().Trim('-');
        return text is "" ? "unnamed" : text;
    }
}
