using System.IO.Abstractions;
using Miosa.Workspaces.Reports;

namespace Miosa.Workspaces;

/// <summary>`miosa workspace check`: the problems of a folder as people and programs want them, and what is safe mended.</summary>
public sealed class WorkspaceLinter(IFileSystem? files = null, LoadLimits? limits = null)
{
    private readonly IFileSystem _files = files ?? new FileSystem();

    /// <summary>The problems of a loaded workspace; strict: with what only specifications mind.</summary>
    public static IReadOnlyList<Problem> ProblemsOf(LoadResult loaded, bool strict) => !strict
        ? loaded.Problems
        : [.. loaded.Problems.Concat(loaded.StrictProblems).OrderBy(problem => problem.File, StringComparer.Ordinal).ThenBy(problem => problem.Line).ThenBy(problem => problem.Column)];

    public LintResult Check(string root, bool strict = false, bool fix = false, CancellationToken cancellationToken = default)
    {
        var loader = new WorkspaceLoader(_files, limits);
        var loaded = loader.Load(root, cancellationToken);
        IReadOnlyList<AppliedFix> applied = [];
        IReadOnlyList<FailedFix> failed = [];
        if (fix)
        {
            (applied, failed) = new Fixer(_files, root).Apply(ProblemsOf(loaded, strict));
            if (applied.Count > 0)
                loaded = loader.Load(root, cancellationToken);
        }
        return new LintResult { Workspace = loaded.Workspace, Problems = ProblemsOf(loaded, strict), Applied = applied, Failed = failed, IsStrict = strict };
    }
}

/// <summary>What a check found.</summary>
public sealed record LintResult
{
    public required Workspace Workspace { get; init; }
    public required IReadOnlyList<Problem> Problems { get; init; }
    public IReadOnlyList<AppliedFix> Applied { get; init; } = [];
    public IReadOnlyList<FailedFix> Failed { get; init; } = [];
    public bool IsStrict { get; init; }

    /// <summary>0: clean, or nothing worse than warnings. 1: errors; where the check is strict, warnings too.</summary>
    public int ExitCode => Problems.Any(problem => problem.Severity is Severity.Error || IsStrict && problem.Severity is Severity.Warning) ? 1 : 0;
}

/// <summary>A change that was made.</summary>
public sealed record AppliedFix(string File, int Line, string Code, string Title);

/// <summary>A file in which nothing was changed, and why.</summary>
public sealed record FailedFix(string File, string Why);
