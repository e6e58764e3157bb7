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
        var start = int.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var at) ? Math.Min(at, fitting.Count) : 0;
        List<string> page = [];
        var left = Answers.Text;
        foreach (var skill in fitting.Skip(start).Take(limit))
        {
            var line = $"{ResultBudget.Start(skill.Name, 80)}: {ResultBudget.Start(ContractText.OneLine(skill.Description), LongestDescription)}";
            left -= ResultBudget.Length(line) + 3;
            if (left < 0 && page.Count > 0)
                break;
            page.Add(line);
        }
        var end = start + page.Count;
        return new SkillPage
        {
            Total = fitting.Count,
            NextCursor = end < fitting.Count ? end.ToString(CultureInfo.InvariantCulture) : null,
            NextStep = end < fitting.Count ? string.Create(CultureInfo.InvariantCulture, $"{fitting.Count - end} more follow: call again with next_cursor as cursor, or with a query.") : "Read one with skill_get.",
            Skills = page,
        };
    }

    private static bool Has(string text, string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);
}
