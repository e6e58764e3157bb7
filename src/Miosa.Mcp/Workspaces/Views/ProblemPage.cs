using System.Globalization;
using Miosa.Mcp.Calls;
using Miosa.Workspaces;

namespace Miosa.Mcp.Workspaces.Views;

/// <summary>What is not as it should be in a contract.</summary>
internal sealed record ProblemPage
{
    /// <summary>Whether all that the files say is in force.</summary>
    public required bool Sound { get; init; }

    public required ProblemCounts Counts { get; init; }

    public string? NextStep { get; init; }

    public string? NextCursor { get; init; }

    /// <summary>Each as a compiler has it: `file:line:column: severity code: what. Mend: how`.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>What of the folder was not looked at.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public required string Fingerprint { get; init; }

    /// <summary>When the files were read.</summary>
    public required DateTimeOffset ReadAt { get; init; }

    public static ProblemPage Of(WorkspaceContract contract, Severity least, string? cursor, int limit)
    {
        var notes = contract.Notes.Take(10).Select(note => ResultBudget.Start(note, 200)).ToList();
        var fitting = contract.Loaded.Problems.Where(problem => problem.Severity >= least).ToList();
        var shown = LinePage.Of(fitting, cursor, limit, Answers.Text - notes.Sum(note => ResultBudget.Length(note) + 3), problem => ResultBudget.Start(problem.ToString(), 700));
        return new ProblemPage
        {
            Sound = contract.Loaded.IsSound,
            Counts = contract.Problems,
            Problems = shown.Lines,
            Notes = shown.IsFirst ? notes : [],
            Fingerprint = contract.Fingerprint,
            ReadAt = contract.LoadedAt,
            NextCursor = shown.NextCursor,
            NextStep = shown.Left > 0 ? string.Create(CultureInfo.InvariantCulture, $"{shown.Left} more follow: call again with next_cursor as cursor.")
                : fitting.Count is 0 ? null : "Mend the files; they are read again within a second.",
        };
    }
}
