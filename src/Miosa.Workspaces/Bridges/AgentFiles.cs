namespace Miosa.Workspaces.Bridges;

/// <summary>Roles, as runtimes want them.</summary>
internal static class AgentFiles
{
    private const int LongestDescription = 1000;

    /// <summary>A file for each agent; those whose words are gone, or that already live there, are named in <paramref name="leftOut"/>.</summary>
    public static IEnumerable<BridgeFile> Write(BridgeInput input, Func<string, string> path, Func<Agent, string, string> frontMatter, List<string> leftOut)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var agent in input.Workspace.Agents)
        {
            var name = SafeName.Of(agent.Id);
            if (Source(input, agent.Path, path(name), leftOut) is not { } text)
                continue;
            if (!taken.Add(name))
                leftOut.Add($"the agent {agent.Id}: another is called {name} too");
            else
                yield return new BridgeFile.Whole(path(name), GeneratedText.Of(frontMatter(agent, name), agent.Path, text));
        }
    }

    /// <summary>The words of a file of the contract, unless it is what would be written.</summary>
    internal static string? Source(BridgeInput input, string source, string target, List<string> leftOut)
    {
        if (source == target)
            return null;
        if (input.Texts.TryGetValue(source, out var text))
            return text;
        leftOut.Add($"{source}: it could not be read");
        return null;
    }

    /// <summary>One line that says when to turn to the agent.</summary>
    public static string Describe(Agent agent)
    {
        var line = YamlText.OneLine(agent.Description ?? agent.Role ?? agent.Title ?? "");
        if (line is "")
            line = $"Works as {agent.Name}.";
        return YamlText.Beginning(line, LongestDescription);
    }

    /// <summary>The server's tools that the contract lets the agent use, in the words of a runtime. Null: it does not say.</summary>
    public static IReadOnlyList<string>? Tools(BridgeInput input, Agent agent, string prefix)
    {
        var authority = input.Workspace.ToolsOf(agent.Id);
        return authority is { Origin: ToolOrigin.Host, Deny: [] } || input.Tools.Count is 0
            ? null
            : [.. input.Tools.Where(tool => authority.Allows(tool)).Order(StringComparer.Ordinal).Select(tool => prefix + tool)];
    }
}
