using Miosa.Workspaces.Parts;
using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces;

/// <summary>Who answers to whom: a graph in which nobody answers to himself, over however many others.</summary>
internal static class ReportingLines
{
    /// <summary>The agents with their lines as ids. What leads nowhere or closes a circle is cut, and told.</summary>
    public static List<Agent> Resolve(List<Agent> agents, Names names, Func<string, MentionKind, (int Line, int Column)> place, List<Problem> problems)
    {
        Dictionary<string, string> above = new(StringComparer.OrdinalIgnoreCase);
        foreach (var agent in agents)
        {
            if (agent.ReportsTo is not { } name)
                continue;
            if (names.Find(name) is { } id)
                above[agent.Id] = id;
            else
                Tell(agent, Codes.UnknownAgent, $"`reportsTo` names {Quote.Of(name)}, and there is no such agent.", $"name one of {names}, or nobody.");
        }
        foreach (var agent in agents)
        {
            if (Circle(agent.Id, above) is not { } circle)
                continue;
            Tell(agent, Codes.ReportingCircle, $"the reporting line closes into a circle: {string.Join(" → ", circle.Take(8))}{(circle.Count > 8 ? " → …" : "")}.", "let one of them report to nobody, or to somebody outside the circle.");
            above.Remove(agent.Id);
        }
        return agents.ConvertAll(agent => agent.ReportsTo is null ? agent : agent with { ReportsTo = above.GetValueOrDefault(agent.Id) });

        void Tell(Agent agent, string code, string what, string mend)
        {
            var (line, column) = place(agent.Path, MentionKind.Agent);
            problems.Add(new Problem { Code = code, Severity = Severity.Error, File = agent.Path, Line = line, Column = column, What = what, Mend = mend });
        }
    }

    /// <summary>The way from an agent back to itself.</summary>
    private static List<string>? Circle(string id, Dictionary<string, string> above)
    {
        List<string> way = [id];
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase) { id };
        for (var at = id; above.TryGetValue(at, out var next); at = next)
        {
            way.Add(next);
            if (string.Equals(next, id, StringComparison.OrdinalIgnoreCase))
                return way;
            if (!seen.Add(next))
                return null; // it runs into somebody else's circle
        }
        return null;
    }
}
