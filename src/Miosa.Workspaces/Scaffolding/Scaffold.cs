using System.Text.RegularExpressions;
using Miosa.Workspaces.Bridges;

namespace Miosa.Workspaces.Scaffolding;

/// <summary>A new company made from a template, which is a company too: renamed, and written in the dialect that somebody asks for.</summary>
public static partial class Scaffold
{
    /// <summary>The files of the new company.</summary>
    /// <param name="template">The texts of the template, by path.</param>
    /// <param name="name">What the new company is called.</param>
    /// <param name="dialect">The form to write it in. All but the first need a template in the seed's form.</param>
    public static IReadOnlyDictionary<string, string> Make(IReadOnlyDictionary<string, string> template, CompanyName name, ScaffoldDialect dialect)
    {
        var renamed = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var old = NameIn(template);
        foreach (var (path, text) in template)
            renamed[path] = Rename(path, text, old, name);
        return dialect switch
        {
            ScaffoldDialect.Seed => renamed,
            ScaffoldDialect.Canopy => new CanopyDialect(renamed).Write(),
            ScaffoldDialect.AgentCompanies => new AgentCompaniesDialect(renamed, name).Write(),
            ScaffoldDialect.OpenClaw => new OpenClawDialect(renamed).Write(),
            ScaffoldDialect.AgentsMd => new AgentsMdDialect(renamed).Write(),
            _ => throw new ArgumentOutOfRangeException(nameof(dialect), dialect, "There is no such dialect."),
        };
    }

    private static (string? Name, string? Slug, string? Prefix) NameIn(IReadOnlyDictionary<string, string> template)
    {
        var text = template.GetValueOrDefault("company.yaml") ?? template.GetValueOrDefault("COMPANY.md") ?? "";
        return (Field("name"), Field("slug"), Field("issue_prefix"));

        string? Field(string key) => Fields().Matches(text).FirstOrDefault(match => match.Groups["key"].Value == key)?.Groups["value"].Value.Trim('"', '\'');
    }

    private static string Rename(string path, string text, (string? Name, string? Slug, string? Prefix) old, CompanyName name)
    {
        var isYaml = path.EndsWith(".yaml", StringComparison.Ordinal) || path.EndsWith(".yml", StringComparison.Ordinal);
        if (isYaml || path is "COMPANY.md")
        {
            text = Fields().Replace(text, match => match.Groups["key"].Value switch
            {
                "name" when match.Groups["value"].Value.Trim('"', '\'') == old.Name => $"name: {YamlText.Scalar(name.Name)}",
                "issue_prefix" when old.Prefix is not null => $"issue_prefix: {name.Prefix}{match.Groups["rest"].Value}",
                _ => match.Value,
            });
        }
        if (!isYaml && !path.EndsWith(".md", StringComparison.Ordinal))
            return text;

        // Short names are words of other things too.
        if (old.Slug is { Length: >= 4 } slug)
            text = ReplaceWord(text, slug, name.Slug);
        if (old.Name is { Length: >= 4 } before && !isYaml)
            text = text.Replace(before, name.Name, StringComparison.Ordinal);
        return text;
    }

    private static string ReplaceWord(string text, string word, string by)
    {
        for (var at = text.IndexOf(word, StringComparison.Ordinal); at >= 0; at = text.IndexOf(word, at, StringComparison.Ordinal))
        {
            var end = at + word.Length;
            if ((at > 0 && IsOfWord(text[at - 1])) || (end < text.Length && IsOfWord(text[end])))
            {
                at = end;
                continue;
            }
            text = string.Concat(text.AsSpan(0, at), by, text.AsSpan(end));
            at += by.Length;
        }
        return text;

        static bool IsOfWord(char letter) => char.IsLetterOrDigit(letter) || letter is '-' or '_';
    }

    [GeneratedRegex(@"^(?<key>name|slug|issue_prefix):[ \t]*(?<value>""[^""\n]*""|'[^'\n]*'|[^\s#][^#\n]*?)(?<rest>[ \t]*(?:[ \t]#[^\n]*)?)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 2_000)]
    private static partial Regex Fields();
}
