using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Workspaces;

/// <summary>What can go wrong with a contract, in words a caller can act on.</summary>
internal static class WorkspaceFailures
{
    private const int MostNamed = 40;

    public static ToolFailureException NoContract(string workspace, WorkspaceRow? row) => row switch
    {
        null => new(
            ToolErrorCode.NotFound, $"The workspace `{workspace}` has no folder, so there is no contract.",
            "Make its folder with workspace_open (toolset workspace) and write SYSTEM.md there; or a person runs `miosa init DIR` and connects with `miosa mcp --workspace-dir DIR`. All other tools work without."),
        { SandboxId: { } id } => new(
            ToolErrorCode.NotFound, $"There is no contract in /workspace of sandbox `{id}`, the folder of the workspace `{workspace}`.",
            "Write SYSTEM.md and company.yaml there, or a person runs `miosa workspace import DIR`."),
        _ => new(
            ToolErrorCode.NotFound, $"There is no contract in {row.Directory}, the folder of the workspace `{workspace}`.", "A person makes one with `miosa init`."),
    };

    public static ToolFailureException Unknown(string kind, string name, IEnumerable<string> known, string lists)
    {
        var names = known.ToList();
        var near = Similarity.Nearest(name, names);
        return new ToolFailureException(
            ToolErrorCode.NotFound, $"The contract has no {kind} `{ResultBudget.Start(name, 80)}`.",
            near is not null ? $"Did you mean `{near}`? {lists}" : names.Count is 0 ? $"It has none. {lists}" : $"It has {Names(names)}. {lists}");
    }

    public static string UnknownAgent(string agent, string workspace, IReadOnlyList<string> known) => known.Count is 0
        ? $"The contract of the workspace '{workspace}' has no agents, so nobody can act as '{ResultBudget.Start(agent, 80)}'. Connect without --agent."
        : $"The contract of the workspace '{workspace}' has no agent '{ResultBudget.Start(agent, 80)}'. It has {Names(known)}. Connect as one of them, or without --agent.";

    private static string Names(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(MostNamed)) + (names.Count > MostNamed ? $" and {names.Count - MostNamed} more" : "");
}
