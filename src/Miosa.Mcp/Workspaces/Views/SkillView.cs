using System.Globalization;
using Miosa.Mcp.Calls;
using Miosa.Workspaces;

namespace Miosa.Mcp.Workspaces.Views;

/// <summary>A skill, a section of it, or one of its files, as an answer.</summary>
internal sealed record SkillView
{
    private const int Most = 60;
    private const int LongestName = 80;

    /// <summary>For the index and the names of files, together.</summary>
    private const int IndexBudget = 2_000;

    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>The section or file that the text is of; the whole skill if absent.</summary>
    public string? Part { get; init; }

    public string? NextStep { get; init; }

    public string? NextCursor { get; init; }

    /// <summary>What there is in a long one, each as `title (characters)`.</summary>
    public IReadOnlyList<string> Sections { get; init; } = [];

    /// <summary>Files beside it, to be asked for by name.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    public required string Text { get; init; }

    public static SkillView Whole(Skill skill, string? cursor)
    {
        var files = Bounded([.. AllFiles(skill).Select(file => file.Name)], IndexBudget / 2);
        var head = ContractText.SkillHead(skill);
        var text = (head.Length > 0 ? head + "\n" : "") + skill.Body.Trim();
        var isLong = ResultBudget.Length(text) > Answers.Text - IndexBudget;
        List<string> sections = isLong
            ? Bounded([.. skill.Sections.Where(section => section.Level > 0).Select(section => string.Create(CultureInfo.InvariantCulture, $"{section.Title} ({section.Length})"))], IndexBudget / 2)
            : [];
        var description = ResultBudget.Start(ContractText.OneLine(skill.Description), 400);
        var page = TextPage.Of(text, cursor, Answers.Text - Cost(sections) - Cost(files) - ResultBudget.Length(description));
        return new SkillView
        {
            Name = skill.Name,
            Description = description,
            Sections = cursor is null ? sections : [],
            Files = cursor is null ? files : [],
            NextCursor = page.NextCursor,
            NextStep = page.NextCursor is not null && sections.Count > 0
                ? string.Create(CultureInfo.InvariantCulture, $"{page.Left} characters follow: name a section, or go on with next_cursor as cursor.")
                : Answers.More(page),
            Text = page.Text,
        };
    }

    public static SkillView Section(Skill skill, string title, string? cursor)
    {
        var found = skill.Sections.FirstOrDefault(section => string.Equals(section.Title, title, StringComparison.OrdinalIgnoreCase))
            ?? throw WorkspaceFailures.Unknown($"section in the skill {skill.Name}", title, skill.Sections.Select(section => section.Title), "skill_get without section shows the beginning.");
        // What stands under it goes with it.
        var end = skill.Sections.FirstOrDefault(section => section.Start > found.Start && section.Level <= found.Level)?.Start ?? skill.Body.Length;
        return Of(skill, found.Title, skill.Body[found.Start..Math.Max(end, found.Start)], cursor);
    }

    public static SkillView File(Skill skill, SkillFile file, string text, string? cursor) => Of(skill, file.Name, text, cursor);

    public static IEnumerable<SkillFile> AllFiles(Skill skill) => skill.References.Concat(skill.Scripts).Concat(skill.Assets);

    private static SkillView Of(Skill skill, string part, string text, string? cursor)
    {
        var page = TextPage.Of(text, cursor, Answers.Text);
        return new SkillView { Name = skill.Name, Part = part, NextCursor = page.NextCursor, NextStep = Answers.More(page), Text = page.Text };
    }

    private static List<string> Bounded(IReadOnlyList<string> names, int budget)
    {
        List<string> bounded = [];
        foreach (var name in names.Take(Most).Select(name => ResultBudget.Start(name, LongestName)))
        {
            budget -= Cost([name]);
            if (budget < 0)
                break;
            bounded.Add(name);
        }
        if (names.Count > bounded.Count)
            bounded.Add(string.Create(CultureInfo.InvariantCulture, $"and {names.Count - bounded.Count} more"));
        return bounded;
    }

    private static int Cost(IReadOnlyList<string> lines) => lines.Sum(line => ResultBudget.Length(line) + 3);
}
