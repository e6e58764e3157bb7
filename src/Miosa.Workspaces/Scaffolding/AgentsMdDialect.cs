using System.Text;
using Miosa.Workspaces.Bridges;

namespace Miosa.Workspaces.Scaffolding;

/// <summary>One AGENTS.md with everything an agent must know, and skills where clients look for them.</summary>
internal sealed class AgentsMdDialect(IReadOnlyDictionary<string, string> template)
{
    private const string SkillFolder = ".agents/skills/";

    private readonly TemplateParts _parts = new(template);

    public SortedDictionary<string, string> Write()
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["AGENTS.md"] = Document(_parts, SkillFolder) };
        foreach (var (path, text) in Skills(_parts, SkillFolder).Concat(_parts.Rest))
            files[path] = Words(text, SkillFolder);
        return files;
    }

    /// <summary>Boot text, facts and roles in one.</summary>
    internal static string Document(TemplateParts parts, string skills)
    {
        var text = new StringBuilder(Words(parts.Boot, skills)).Append("\n# The company\n\n```yaml\n").Append(parts.Facts).Append("```\n\n# Roles\n");
        foreach (var (name, _, body) in parts.Agents)
        {
            text.Append($"\n## {name}\n\n{Words(TemplateParts.Intro(body), skills)}\n");
            foreach (var title in (string[])["Scope", "Authority", "Standards", "Escalation"])
                text.Append($"\n### {title} of {name}\n\n{Words(TemplateParts.Section(body, title), skills)}\n");
        }
        return text.ToString();
    }

    /// <summary>Skills, and runbooks as such.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> Skills(TemplateParts parts, string folder) => parts.Skills
        .Select(file => new KeyValuePair<string, string>(folder + file.Key["skills/".Length..], file.Value))
        .Concat(parts.Runbooks.Select(runbook => new KeyValuePair<string, string>(
            $"{folder}run-{runbook.Name}/SKILL.md",
            $"---\nname: run-{runbook.Name}\ndescription: {YamlText.Scalar(TemplateParts.Field(runbook.Front, "description") ?? runbook.Name)}\n---\n{runbook.Body}")));

    /// <summary>Paths as they are here.</summary>
    internal static string Words(string text, string skills)
    {
        text = text.Replace("`agents/`", "Roles, below", StringComparison.Ordinal).Replace("`runbooks/`", $"`{skills}run-*`", StringComparison.Ordinal).Replace("`skills/`", $"`{skills}`", StringComparison.Ordinal);
        text = text.Replace("Read company.yaml", "Read the facts below", StringComparison.Ordinal).Replace("`company.yaml`", "the facts in AGENTS.md", StringComparison.Ordinal);
        text = text.Replace("`skills/", $"`{skills}", StringComparison.Ordinal).Replace("`agents/engineering.md`", "AGENTS.md", StringComparison.Ordinal);
        while (text.IndexOf("`runbooks/", StringComparison.Ordinal) is >= 0 and var start && text.IndexOf(".md`", start, StringComparison.Ordinal) is > 0 and var end)
            text = $"{text.AsSpan(0, start)}`{skills}run-{text.AsSpan(start + 10, end - start - 10)}/SKILL.md`{text.AsSpan(end + 4)}";
        return text;
    }
}
