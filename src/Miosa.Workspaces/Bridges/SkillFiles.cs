namespace Miosa.Workspaces.Bridges;

/// <summary>Skills as the open format has them, in the folder where a runtime looks. Also what a runtime has no other place for: roles and runbooks.</summary>
internal static class SkillFiles
{
    private const int LongestDescription = 1024;

    /// <summary>What is read is copied along; what is run or used stays where it is, and the skill says where.</summary>
    public static IEnumerable<SkillFile> Readable(Skill skill) => skill.References.Where(IsReadable);

    /// <summary>Every skill of the contract.</summary>
    /// <param name="input">The contract.</param>
    /// <param name="folder">Where the runtime looks for skills, with a slash at the end.</param>
    /// <param name="leftOut">Takes what cannot be carried.</param>
    public static IEnumerable<BridgeFile> Write(BridgeInput input, string folder, List<string> leftOut)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var skill in input.Workspace.Skills)
        {
            var name = SafeName.Of(skill.Name);
            var place = $"{folder}{name}/";
            if (AgentFiles.Source(input, skill.Path, $"{place}SKILL.md", leftOut) is not { } text)
                continue;
            if (!taken.Add(name))
            {
                leftOut.Add($"the skill {skill.Path}: another is called {name} too");
                continue;
            }
            var stays = skill.References.Concat(skill.Scripts).Concat(skill.Assets).Where(file => !IsCopied(input, file)).Select(file => $"- `{file.Path}`\n").ToList();
            var after = stays.Count is 0 ? "" : $"\n## Files of this skill that are not beside it\n\nUse them where they are, from the workspace's root:\n\n{string.Concat(stays)}";
            yield return new BridgeFile.Whole($"{place}SKILL.md", GeneratedText.Of(Header(name, skill.Description, skill.License, skill.Compatibility), skill.Path, text, after));
            foreach (var file in Readable(skill).Where(file => IsCopied(input, file)))
                yield return new BridgeFile.Whole(place + file.Name, GeneratedText.Of("", file.Path, input.Texts[file.Path]));
        }
    }

    /// <summary>Roles as skills, for runtimes that have no agents of their own.</summary>
    public static IEnumerable<BridgeFile> Roles(BridgeInput input, string folder, List<string> leftOut) =>
        Named(input, folder, "act-as-", input.Workspace.Agents.Select(agent => (agent.Id, $"Acts as {agent.Title ?? agent.Name}: {AgentFiles.Describe(agent)}", agent.Path)), leftOut);

    /// <summary>Runbooks as skills, for runtimes that have no commands of their own.</summary>
    public static IEnumerable<BridgeFile> Runbooks(BridgeInput input, string folder, List<string> leftOut) =>
        Named(input, folder, "run-", input.Workspace.Runbooks.Select(runbook => (runbook.Id, $"Runs the procedure {runbook.Name}: {runbook.Description ?? "step by step."}", runbook.Path)), leftOut);

    private static IEnumerable<BridgeFile> Named(BridgeInput input, string folder, string prefix, IEnumerable<(string Id, string Description, string Path)> items, List<string> leftOut)
    {
        var taken = input.Workspace.Skills.Select(skill => SafeName.Of(skill.Name)).ToHashSet(StringComparer.Ordinal);
        foreach (var (id, description, path) in items)
        {
            var name = SafeName.Of(prefix + id);
            if (AgentFiles.Source(input, path, $"{folder}{name}/SKILL.md", leftOut) is not { } text)
                continue;
            if (!taken.Add(name))
                leftOut.Add($"{path}: another skill is called {name}");
            else
                yield return new BridgeFile.Whole($"{folder}{name}/SKILL.md", GeneratedText.Of(Header(name, description, null, null), path, text, RunbookFiles.Steps(input, path)));
        }
    }

    /// <summary>Only what the open format knows. `allowed-tools` is not carried: there it would let a skill do without asking what only an agent's file may allow.</summary>
    private static string Header(string name, string description, string? license, string? compatibility)
    {
        var line = YamlText.OneLine(description);
        return YamlText.FrontMatter(
        [
            ("name", name),
            ("description", YamlText.Scalar(line.Length is 0 ? name : YamlText.Beginning(line, LongestDescription))),
            ("license", license is null ? null : YamlText.Scalar(license)),
            ("compatibility", compatibility is { Length: > 0 and <= 500 } ? YamlText.Scalar(compatibility) : null),
        ]);
    }

    internal static bool IsReadable(SkillFile file) => file.Name.EndsWith(".md", StringComparison.OrdinalIgnoreCase);

    private static bool IsCopied(BridgeInput input, SkillFile file) => IsReadable(file) && input.Texts.ContainsKey(file.Path);
}
