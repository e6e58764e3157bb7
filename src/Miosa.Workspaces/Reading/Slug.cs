using System.Text;

namespace Miosa.Workspaces.Reading;

/// <summary>Names for people and names for programs.</summary>
internal static class Slug
{
    private const int Longest = 100;

    /// <summary>Small letters, digits and single hyphens.</summary>
    public static string Of(string name)
    {
        if (IsSlug(name))
            return name;
        var slug = new StringBuilder(Math.Min(name.Length, Longest));
        foreach (var sign in name.Length > Longest ? name[..Longest] : name)
        {
            if (char.IsLetterOrDigit(sign))
                slug.Append(char.ToLowerInvariant(sign));
            else if (slug.Length > 0 && slug[^1] is not '-')
                slug.Append('-');
        }
        return slug.ToString().TrimEnd('-');
    }

    private static bool IsSlug(string name)
    {
        if (name.Length > Longest)
            return false;
        for (var i = 0; i < name.Length; i++)
        {
            if (!char.IsAsciiLetterLower(name[i]) && !char.IsAsciiDigit(name[i]) && !(name[i] is '-' && i > 0 && i < name.Length - 1 && name[i - 1] is not '-'))
                return false;
        }
        return true;
    }

    /// <summary>`head-of-sales` as a person writes it.</summary>
    public static string Title(string slug) =>
        string.Join(' ', slug.Split(['-', '_', ' '], StringSplitOptions.RemoveEmptyEntries).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    /// <summary>The name of a file without what follows its last dot.</summary>
    public static string OfFile(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return Of(name.LastIndexOf('.') is > 0 and var end ? name[..end] : name);
    }

    /// <summary>The name of the folder a file is in.</summary>
    public static string OfFolder(string path)
    {
        var end = path.LastIndexOf('/');
        return end <= 0 ? "" : path[(path.LastIndexOf('/', end - 1) + 1)..end];
    }
}
