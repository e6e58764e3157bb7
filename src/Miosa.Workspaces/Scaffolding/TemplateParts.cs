using Miosa.Workspaces.Bridges;

namespace Miosa.Workspaces.Scaffolding;

/// <summary>A template in the seed's form, taken apart.</summary>
internal sealed class TemplateParts(IReadOnlyDictionary<string, string> template)
{
    public string Boot => template.GetValueOrDefault("SYSTEM.md", "");
    public string Facts => template.GetValueOrDefault("company.yaml", "");

    /// <summary>Name, front matter and body of each agent.</summary>
    public IEnumerable<(string Name, string Front, string Body)> Agents => Of("agents/");

    public IEnumerable<(string Name, string Front, string Body)> Runbooks => Of("runbooks/");

    /// <summary>Runbooks that a clock begins.</summary>
    public IReadOnlyList<(string Name, string Front, string Body)> Scheduled => [.. Runbooks.Where(runbook => Field(runbook.Front, "cron", "  ") is not null)];

    public IEnumerable<KeyValuePair<string, string>> Skills => template.Where(file => file.Key.StartsWith("skills/", StringComparison.Ordinal));

    /// <summary>What belongs to every dialect: artifacts and receipts.</summary>
    public IEnumerable<KeyValuePair<string, string>> Rest => template.Where(file => file.Key.StartsWith("artifacts/", StringComparison.Ordinal) || file.Key.StartsWith("receipts/", StringComparison.Ordinal));

    /// <summary>A plain field of a front matter, without quotes.</summary>
    public static string? Field(string front, string key, string indent = "") => front.Split('\n')
        .Where(line => line.StartsWith($"{indent}{key}:", StringComparison.Ordinal))
        .Select(line => line[(indent.Length + key.Length + 1)..].Trim().Trim('"'))
        .FirstOrDefault(value => value is not "");

    /// <summary>The text under a heading of the second level.</summary>
    public static string Section(string body, string title)
    {
        var start = body.IndexOf($"\n## {title}\n", StringComparison.Ordinal);
        if (start < 0)
            return "";
        start = body.IndexOf('\n', start + 1) + 1;
        var end = body.IndexOf("\n## ", start, StringComparison.Ordinal);
        return (end < 0 ? body[start..] : body[start..end]).Trim('\n');
    }

    /// <summary>What stands before the first heading of the second level, without the title.</summary>
    public static string Intro(string body)
    {
        var end = body.IndexOf("\n## ", StringComparison.Ordinal);
        var intro = (end < 0 ? body : body[..end]).Trim('\n');
        return intro.StartsWith("# ", StringComparison.Ordinal) ? intro[(intro.IndexOf('\n', StringComparison.Ordinal) + 1)..].Trim('\n') : intro;
    }

    private IEnumerable<(string, string, string)> Of(string folder)
    {
        foreach (var (path, text) in template)
        {
            if (path.StartsWith(folder, StringComparison.Ordinal) && path.EndsWith(".md", StringComparison.Ordinal) && path.LastIndexOf('/') == folder.Length - 1)
            {
                var (front, body) = GeneratedText.Split(text);
                yield return (path[folder.Length..^3], front ?? "", body);
            }
        }
    }
}
