using System.Globalization;
using System.Text.Json;
using Miosa.Mcp.Calls;
using Miosa.Workspaces;

namespace Miosa.Mcp.Workspaces.Views;

/// <summary>
/// Packs a contract into a number of tokens: who one works for and as whom comes first, then the boot file, then the
/// lists, in which a thing is better named shortly than not at all. What does not fit is named.
/// </summary>
internal sealed class BootPacker(WorkspaceContract contract, Agent? agent, int tokens)
{
    /// <summary>As the tokenizers in use count the JSON of such texts, or less.</summary>
    public const double CharactersPerToken = 3.5;

    /// <summary>The names of the fields and what is said of what was left out.</summary>
    private const int Frame = 900;

    /// <summary>Each takes away what is over, or the whole of a list.</summary>
    private const int MostAttempts = 20;

    private const int LongestLine = 160;
    private readonly Workspace _workspace = contract.Workspace;

    public BootPack Pack()
    {
        var budget = (int)(tokens * CharactersPerToken);
        var pack = Fill(budget - Frame);
        // The frame is an estimate, and names of things may be long; what is over goes from the lists.
        for (var (attempt, over) = (0, Size(pack) - budget); over > 0 && attempt < MostAttempts; attempt++, over = Size(pack) - budget)
            pack = Shorter(pack, over);
        return pack with { Tokens = (int)Math.Ceiling(Size(pack) / CharactersPerToken) };
    }

    private BootPack Fill(int left)
    {
        List<string> leftOut = [];
        var company = Line(_workspace.Company.Name, 120);
        var mission = _workspace.Company.Mission is { } words ? Line(words, 300) : null;
        left -= ResultBudget.Length(company) + ResultBudget.Length(mission);

        var role = agent is null ? null : Part(ContractText.Agent(_workspace, agent), left * 3 / 10, $"the rest of your own file: agent_get `{agent?.Id}`", leftOut);
        left -= ResultBudget.Length(role);
        var boot = Part(_workspace.BootText, left * 6 / 10, "the rest of the boot file: resource workspace://boot, or workspace_get with more tokens", leftOut);
        left -= ResultBudget.Length(boot);

        var agents = Lines([.. _workspace.Agents.Where(other => other != agent).Select(other => (other.Id, ContractText.Line(other)))], left / 4, "agents", "agent_get", leftOut);
        left -= Cost(agents);
        var runbooks = Lines([.. _workspace.Runbooks.Select(runbook => (runbook.Id, ContractText.Line(runbook)))], left / 4, "runbooks", "runbook_get", leftOut);
        left -= Cost(runbooks);
        var skills = Lines([.. OwnFirst().Select(skill => (skill.Name, skill.Description))], left, "skills", "skill_list", leftOut);
        return new BootPack
        {
            Workspace = contract.Name,
            Company = company,
            Mission = mission,
            Agent = agent?.Id,
            Boot = boot,
            Role = role,
            Agents = agents,
            Skills = skills,
            Runbooks = runbooks,
            Problems = contract.Problems,
            LeftOut = leftOut,
            Fingerprint = contract.Fingerprint,
            NextStep = _workspace.Skills.Count > 0
                ? "Work as the boot file says. When a skill's description fits the task, read it with skill_get before you begin."
                : "Work as the boot file says.",
        };
    }

    /// <summary>An agent's own skills come before those of others.</summary>
    private IEnumerable<Skill> OwnFirst()
    {
        if (agent is null || agent.Skills.Count is 0)
            return _workspace.Skills;
        var own = agent.Skills.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return _workspace.Skills.OrderBy(skill => own.Contains(skill.Name) ? 0 : 1);
    }

    private static string Part(string text, int budget, string rest, List<string> leftOut)
    {
        var page = TextPage.Of(text.Trim(), cursor: null, Math.Max(0, budget));
        if (page.NextCursor is not null)
            leftOut.Add(string.Create(CultureInfo.InvariantCulture, $"{page.Left} characters, {rest}"));
        return page.Text;
    }

    /// <summary>With what each is where all fit so; else by name alone; else as many names as fit.</summary>
    private static List<string> Lines(IReadOnlyList<(string Name, string Words)> all, int budget, string what, string tool, List<string> leftOut)
    {
        var whole = all.Select(one => Line($"{one.Name}: {ContractText.OneLine(one.Words)}", LongestLine)).ToList();
        if (Cost(whole) <= budget)
            return whole;
        List<string> fitting = [];
        // Half for words, half for names: the first ones are told in full.
        foreach (var line in whole)
        {
            if (Cost(fitting) + Cost([line]) > budget / 2)
                break;
            fitting.Add(line);
        }
        var spent = Cost(fitting);
        var described = fitting.Count;
        foreach (var (name, _) in all.Skip(described))
        {
            spent += Cost([name]);
            if (spent > budget)
                break;
            fitting.Add(Line(name, LongestLine));
        }
        leftOut.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"what {fitting.Count - described} of the {what} are{(fitting.Count < all.Count ? $", and {all.Count - fitting.Count} {what} altogether" : "")}: {tool}"));
        return fitting;
    }

    private static BootPack Shorter(BootPack pack, int over)
    {
        if (pack.Skills.Count > 0)
            return pack with { Skills = Without(pack.Skills, over), LeftOut = Said(pack, "more skills: skill_list") };
        if (pack.Runbooks.Count > 0)
            return pack with { Runbooks = Without(pack.Runbooks, over), LeftOut = Said(pack, "more runbooks: runbook_get") };
        if (pack.Agents.Count > 0)
            return pack with { Agents = Without(pack.Agents, over), LeftOut = Said(pack, "more agents: agent_get") };
        if (pack.Boot.Length > 0)
            return pack with { Boot = ResultBudget.Start(pack.Boot, Math.Max(0, ResultBudget.Length(pack.Boot) - over)) };
        if (pack.Role is { Length: > 0 } role)
            return pack with { Role = ResultBudget.Start(role, Math.Max(0, ResultBudget.Length(role) - over)) };
        // What is left is the frame, which no number of tokens that may be asked for is less than.
        return pack with { LeftOut = [], Mission = null, Company = ResultBudget.Start(pack.Company, 40) };
    }

    private static IReadOnlyList<string> Said(BootPack pack, string what) => pack.LeftOut.Contains(what) ? pack.LeftOut : [.. pack.LeftOut, what];

    private static List<string> Without(IReadOnlyList<string> lines, int over)
    {
        var left = lines.ToList();
        while (left.Count > 0 && over > 0)
        {
            over -= Cost([left[^1]]);
            left.RemoveAt(left.Count - 1);
        }
        return left;
    }

    private static string Line(string text, int most) => text.Length <= most ? text : ResultBudget.Start(text, most - 1) + "…";

    private static int Cost(IReadOnlyList<string> lines) => lines.Sum(line => ResultBudget.Length(line) + 3);

    private static int Size(BootPack pack) => JsonSerializer.Serialize(pack, Wire.Options).Length;
}
