using Miosa.Mcp.Workspaces.Folders;
using Miosa.Workspaces;

namespace Miosa.Mcp.Workspaces;

/// <summary>A contract as it was read last, with what is needed to show it.</summary>
internal sealed record WorkspaceContract
{
    /// <summary>The name callers know the workspace by.</summary>
    public required string Name { get; init; }

    public required LoadResult Loaded { get; init; }

    /// <summary>Every file that is known, also those that belong to no part of the contract.</summary>
    public required IReadOnlyDictionary<string, MirroredFile> Files { get; init; }

    /// <summary>What of the folder could not be looked at.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public required DateTimeOffset LoadedAt { get; init; }

    public Workspace Workspace => Loaded.Workspace;

    /// <summary>Tells one state of the contract from another.</summary>
    public string Fingerprint => Workspace.Fingerprint;

    /// <summary>Whether there is a contract at all: a folder of code without a word for agents is none.</summary>
    public bool IsEmpty => Workspace is { BootText.Length: 0, Agents.Count: 0, Skills.Count: 0, Runbooks.Count: 0, Company.Path: null };

    public ProblemCounts Problems => field ??= ProblemCounts.Of(Loaded.Problems);

    /// <summary>What can be read of it by address.</summary>
    public IReadOnlyList<Views.ResourceEntry> Resources => field ??= Views.ContractResources.List(this);

    /// <summary>Its agents, runbooks and skills as commands.</summary>
    public Views.ContractPrompts Prompts => field ??= new Views.ContractPrompts(this);
}

/// <summary>How many problems there are of each weight.</summary>
internal sealed record ProblemCounts(int Errors, int Warnings, int Notes)
{
    public static ProblemCounts Of(IReadOnlyList<Problem> problems) => new(
        problems.Count(problem => problem.Severity is Severity.Error),
        problems.Count(problem => problem.Severity is Severity.Warning),
        problems.Count(problem => problem.Severity is Severity.Info));
}
