namespace Miosa.Workspaces;

/// <summary>A contract, and everything that is not as it should be in its files.</summary>
public sealed record LoadResult
{
    public required Workspace Workspace { get; init; }

    /// <summary>In the order of files, lines and columns.</summary>
    public required IReadOnlyList<Problem> Problems { get; init; }

    /// <summary>What only the letter of a specification minds; `--strict` adds it.</summary>
    public IReadOnlyList<Problem> StrictProblems { get; init; } = [];

    /// <summary>Whether no part of the contract was left out of force.</summary>
    public bool IsSound => !Problems.Any(problem => problem.Severity is Severity.Error);

    /// <summary>What a reload goes on from.</summary>
    internal FolderImage? Image { get; init; }
}
