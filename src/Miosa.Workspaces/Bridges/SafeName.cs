using System.Text;

namespace Miosa.Workspaces.Bridges;

/// <summary>Names that every runtime takes as a file's and a command's name, whatever the contract's files say.</summary>
public static class SafeName
{
    private const int Longest = 64;

    /// <summary>Small letters, digits and single hyphens, 64 at most; never empty, never a path.</summary>
    public static string Of(string name)
    {
        var slug = new StringBuilder();
        foreach (var letter in name.Normalize(NormalizationForm.FormKD))
        {
            if (char.IsAsciiLetterOrDigit(letter))
                slug.Append(char.ToLowerInvariant(letter));
            else if (slug.Length > 0 && slug[^1] != '-' && !char.IsAsciiLetterOrDigit(letter) && char.GetUnicodeCategory(letter) is not System.Globalization.UnicodeCategory.NonSpacingMark)
                slug.Append('-');
            if (slug.Length == Longest)
                break;
        }
        var text = slug.ToString().Trim('-');
        return text is "" ? "unnamed" : text;
    }
}
