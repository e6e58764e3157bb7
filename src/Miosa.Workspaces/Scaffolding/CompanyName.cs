using Miosa.Workspaces.Bridges;

namespace Miosa.Workspaces.Scaffolding;

/// <summary>What a company is called, in the three ways in which files say it.</summary>
/// <param name="Name">As people write it.</param>
/// <param name="Slug">As files and clients write it.</param>
/// <param name="Prefix">How its tasks' ids begin.</param>
public sealed record CompanyName(string Name, string Slug, string Prefix)
{
    /// <summary>Of a name such as `Blue Door`, or a folder's such as `blue-door`.</summary>
    public static CompanyName Of(string text)
    {
        var line = YamlText.OneLine(text);
        var slug = SafeName.Of(line);
        var name = line == slug
            ? string.Join(' ', slug.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]))
            : line;
        var words = slug.Split('-');
        var letters = words.Length > 1 ? string.Concat(words.Take(4).Select(word => word[0])) : slug[..Math.Min(4, slug.Length)];
        return new CompanyName(name, slug, letters.ToUpperInvariant() + "-");
    }
}
