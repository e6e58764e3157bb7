using Miosa.Workspaces;

namespace Miosa.Mcp.Workspaces.Views;

/// <summary>What can stand in the place of a name in an address.</summary>
internal static class ContractCompletion
{
    /// <param name="contract">What there is.</param>
    /// <param name="template">The template of the address.</param>
    /// <param name="argument">The place in it.</param>
    /// <param name="skill">The skill that was chosen before, for its files.</param>
    public static IEnumerable<string> Of(WorkspaceContract contract, string template, string argument, string? skill)
    {
        var workspace = contract.Workspace;
        return (template, argument) switch
        {
            (ContractUri.Agents + "/{id}", "id") => workspace.Agents.Select(agent => agent.Id),
            (ContractUri.Runbooks + "/{id}", "id") => workspace.Runbooks.Select(runbook => runbook.Id),
            (ContractUri.Skills + "/{name}" or ContractUri.Skills + "/{name}/{+file}", "name") => workspace.Skills.Select(one => one.Name),
            (ContractUri.Skills + "/{name}/{+file}", "file") => skill is not null && workspace.FindSkill(skill) is { } found ? SkillView.AllFiles(found).Select(file => file.Name) : [],
            (ContractUri.Company + "/{path}", "path") => Paths(workspace.Company.Facts, ""),
            (ContractUri.Artifacts + "/{+path}", "path") => Files(contract, "artifacts/"),
            (ContractUri.Receipts + "/{+path}", "path") => Files(contract, "receipts/"),
            _ => [],
        };
    }

    private static IEnumerable<string> Files(WorkspaceContract contract, string folder) =>
        contract.Files.Keys.Where(path => path.StartsWith(folder, StringComparison.Ordinal)).Select(path => path[folder.Length..]).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Paths(Fact.Map map, string before)
    {
        foreach (var (name, value) in map.Fields)
        {
            yield return before + name;
            if (value is not Fact.Map inner || before.Length > 200)
                continue;
            foreach (var path in Paths(inner, $"{before}{name}."))
                yield return path;
        }
    }
}
