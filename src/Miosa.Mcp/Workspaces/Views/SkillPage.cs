using System.Globalization;
using Miosa.Mcp.Calls;
using Miosa.Workspaces;

namespace Miosa.Mcp.Workspaces.Views;

/// <summary>Some of a contract's skills, and how to get the others.</summary>
internal sealed record SkillPage
{
    private const int LongestDescription = 200;

    /// <summary>How many fit what was asked for.</summary>
    public required int Total { get; init; }

    public string? NextStep { get; init; }

    public string? NextCursor { get; init; }

    /// <summary>Each as `name: what it does and when to use it`.</summary>
    public required IReadOnlyList<string> Skills { get; init; }

    public static SkillPage Of(IReadOnlyList<Skill> skills, string? query, string? cursor, int limit)
    {
        var words = (query ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var fitting = skills.Where(skill => words.All(word => Has(skill.Name, word) || Has(skill.Description, word))).ToList();
        var page = LinePage.Of(fitting, cursor, limit, Answers.Text, skill => $"{ResultBudget.Start(skill.Name, 80)}: {ResultBudget.Start(ContractText.OneLine(skill.Description), LongestDescription)}");
        return new SkillPage
        {
            Total = fitting.Count,
            NextCursor = page.NextCursor,
            NextStep = page.Left > 0 ? string.Create(CultureInfo.InvariantCulture, $"{page.Left} more follow: call again with next_cursor as cursor, or with a query.") : "Read one with skill_get.",
            Skills = page.Lines,
        };
    }

    private static bool Has(string text, string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);
}
