using Miosa.Mcp.Calls;
using Miosa.Workspaces;

namespace Miosa.Mcp.Workspaces.Views;

/// <summary>The parts of a contract that can be read by address. What a list names is short: the rest is found through the parts themselves.</summary>
internal static class ContractResources
{
    private const string Markdown = "text/markdown";

    /// <summary>First what leads to everything else, for clients that read one page only.</summary>
    public static IReadOnlyList<ResourceEntry> List(WorkspaceContract contract)
    {
        var workspace = contract.Workspace;
        return
        [
            new(ContractUri.Boot, "boot", $"{workspace.Company.Name}: boot file", "What every agent of this company reads first.", Markdown),
            new(ContractUri.Company, "company", $"{workspace.Company.Name}: facts", "Mission, offers, prices, brand, budget, constraints.", Markdown),
            new(ContractUri.Agents, "agents", "Agents", $"{workspace.Agents.Count} roles and to whom they report.", Markdown),
            new(ContractUri.Skills, "skills", "Skills", $"The catalogue: {workspace.Skills.Count} skills with what each does.", Markdown),
            new(ContractUri.Runbooks, "runbooks", "Runbooks", $"{workspace.Runbooks.Count} repeated procedures.", Markdown),
            new(ContractUri.Artifacts, "artifacts", "Artifacts", "Files that were made for people.", Markdown),
            new(ContractUri.Receipts, "receipts", "Receipts", "Records of what was decided and done.", Markdown),
            new(ContractUri.Problems, "problems", "Problems of the contract", "What is not as it should be in its files.", Markdown),
            .. workspace.Agents.Select(agent => new ResourceEntry(ContractUri.Of(ContractUri.Agents, agent.Id), $"agent {agent.Id}", agent.Name, Short(ContractText.Line(agent)), Markdown)),
            .. workspace.Runbooks.Select(runbook => new ResourceEntry(ContractUri.Of(ContractUri.Runbooks, runbook.Id), $"runbook {runbook.Id}", runbook.Name, Short(ContractText.Line(runbook)), Markdown)),
            .. workspace.Skills.Select(skill => new ResourceEntry(ContractUri.Of(ContractUri.Skills, skill.Name), $"skill {skill.Name}", skill.Name, Short(ContractText.OneLine(skill.Description)), Markdown)),
            .. workspace.Instructions.Select(file => new ResourceEntry(ContractUri.OfFile(ContractUri.Instructions, file.Path), file.Path, file.Path, $"Instructions of the kind {file.Kind.ToString().ToLowerInvariant()}.", Markdown)),
        ];
    }

    /// <summary>Kinds of addresses with a name in them.</summary>
    public static IReadOnlyList<ResourceEntry> Templates { get; } =
    [
        new(ContractUri.Agents + "/{id}", "agent", "An agent", "Scope, authority, standards, tools and escalation of one role.", Markdown),
        new(ContractUri.Skills + "/{name}", "skill", "A skill", "How one task is done in this company.", Markdown),
        new(ContractUri.Skills + "/{name}/{+file}", "skill file", "A file of a skill", "A reference, a script or an asset beside a skill.", MediaType: null),
        new(ContractUri.Runbooks + "/{id}", "runbook", "A runbook", "The steps of one repeated procedure.", Markdown),
        new(ContractUri.Company + "/{path}", "company fact", "A fact of the company", "One value of company.yaml, by its path such as offers.0.price.", "application/json"),
        new(ContractUri.Artifacts + "/{+path}", "artifact", "An artifact", "One file below artifacts/.", MediaType: null),
        new(ContractUri.Receipts + "/{+path}", "receipt", "A receipt", "One file below receipts/.", MediaType: null),
    ];

    /// <summary>The text at an address; null where it is none, or the address of a file, which is not in here.</summary>
    public static ResourceText? Read(WorkspaceContract contract, string[] address)
    {
        var workspace = contract.Workspace;
        return address switch
        {
            ["boot"] => new(workspace.BootText, Markdown),
            ["company"] => new(ContractText.Company(workspace.Company), Markdown),
            ["company", var path] => workspace.Company.Facts.At(path) is { } fact ? new(FactJson.Write(fact, indented: true), "application/json") : null,
            ["agents"] => new(ContractText.Agents(workspace), Markdown),
            ["agents", var id] => workspace.FindAgent(id) is { } agent ? new(ContractText.Agent(workspace, agent), Markdown) : null,
            ["skills"] => new(ContractText.Skills(workspace), Markdown),
            ["skills", var name] => workspace.FindSkill(name) is { } skill ? new(ContractText.Skill(skill), Markdown) : null,
            ["runbooks"] => new(ContractText.Runbooks(workspace), Markdown),
            ["runbooks", var id] => workspace.FindRunbook(id) is { } runbook ? new(ContractText.Runbook(runbook), Markdown) : null,
            ["instructions", .. var path] => workspace.Instructions.FirstOrDefault(file => file.Path == string.Join('/', path)) is { } file ? new(file.Text, Markdown) : null,
            ["artifacts"] => new(ContractText.Files(contract, "artifacts"), Markdown),
            ["receipts"] => new(ContractText.Files(contract, "receipts"), Markdown),
            ["problems"] => new(ContractText.Problems(contract), Markdown),
            _ => null,
        };
    }

    /// <summary>The path in the folder of a file that an address names; null where there is no such file.</summary>
    public static string? FileOf(WorkspaceContract contract, string[] address) => address switch
    {
        ["skills", var name, .. var file] when file.Length > 0 && contract.Workspace.FindSkill(name) is { } skill =>
            SkillView.AllFiles(skill).FirstOrDefault(one => one.Name == string.Join('/', file))?.Path,
        ["artifacts" or "receipts", _, ..] when contract.Files.ContainsKey(string.Join('/', address)) => string.Join('/', address),
        _ => null,
    };

    /// <summary>The addresses whose text differs after some files changed.</summary>
    public static IReadOnlyList<string> Touched(ContractChange change) =>
    [
        .. change.IsOfContract ? (string[])[ContractUri.Boot, ContractUri.Company, ContractUri.Agents, ContractUri.Skills, ContractUri.Runbooks, ContractUri.Problems] : [],
        .. change.Paths.Any(path => path.StartsWith("artifacts/", StringComparison.Ordinal)) ? (string[])[ContractUri.Artifacts] : [],
        .. change.Paths.Any(path => path.StartsWith("receipts/", StringComparison.Ordinal)) ? (string[])[ContractUri.Receipts] : [],
        .. change.Paths.SelectMany(path => AddressesOf(change, path)).Distinct(StringComparer.Ordinal),
    ];

    private static IEnumerable<string> AddressesOf(ContractChange change, string path)
    {
        if (path.StartsWith("artifacts/", StringComparison.Ordinal) || path.StartsWith("receipts/", StringComparison.Ordinal))
            yield return OfOutput(path);
        foreach (var workspace in new[] { change.Before?.Workspace, change.Now?.Workspace }.OfType<Workspace>())
        {
            foreach (var agent in workspace.Agents.Where(agent => agent.Path == path))
                yield return ContractUri.Of(ContractUri.Agents, agent.Id);
            foreach (var runbook in workspace.Runbooks.Where(runbook => runbook.Path == path))
                yield return ContractUri.Of(ContractUri.Runbooks, runbook.Id);
            foreach (var skill in workspace.Skills.Where(skill => skill.Path == path || path.StartsWith(skill.Folder + "/", StringComparison.Ordinal)))
                yield return skill.Path == path ? ContractUri.Of(ContractUri.Skills, skill.Name) : ContractUri.OfFile(ContractUri.Of(ContractUri.Skills, skill.Name), path[(skill.Folder.Length + 1)..]);
            foreach (var file in workspace.Instructions.Where(file => file.Path == path))
                yield return ContractUri.OfFile(ContractUri.Instructions, path);
        }
    }

    private static string OfOutput(string path) => ContractUri.OfFile(ContractUri.Scheme + path[..path.IndexOf('/', StringComparison.Ordinal)], path[(path.IndexOf('/', StringComparison.Ordinal) + 1)..]);

    private static string Short(string text) => text.Length <= 200 ? text : ResultBudget.First(text, 199) + "…";
}

/// <summary>Something that can be read by its address.</summary>
internal sealed record ResourceEntry(string Uri, string Name, string Title, string Description, string? MediaType);

/// <summary>What was read.</summary>
internal sealed record ResourceText(string Text, string MediaType);
