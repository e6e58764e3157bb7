using System.Globalization;
using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces;

/// <summary>Something in a file that is not as it should be, where, and how to mend it.</summary>
public sealed record Problem
{
    /// <summary>`MW` and three digits; docs/reference.md lists them.</summary>
    public required string Code { get; init; }

    public required Severity Severity { get; init; }

    /// <summary>Relative to the workspace; empty for the folder itself.</summary>
    public required string File { get; init; }

    /// <summary>From 1.</summary>
    public required int Line { get; init; }

    /// <summary>From 1, in UTF-16 code units.</summary>
    public required int Column { get; init; }

    public required string What { get; init; }
    public required string Mend { get; init; }

    /// <summary>The change that mends it and can break nothing; null where a person has to think.</summary>
    public Fix? Fix { get; init; }

    /// <summary>As a compiler says it, on one line whatever strangers called their files.</summary>
    public override string ToString() => Quote.Line(string.Create(CultureInfo.InvariantCulture, $"{(File is "" ? "." : File)}:{Line}:{Column}: {Severity.ToString().ToLowerInvariant()} {Code}: {What} Mend: {Mend}"));
}

/// <summary>How bad a problem is.</summary>
public enum Severity
{
    /// <summary>Worth knowing.</summary>
    Info,

    /// <summary>It works, not as somebody will expect.</summary>
    Warning,

    /// <summary>Something of the contract is not in force.</summary>
    Error,
}

/// <summary>A safe change to one file: edits in its text, the last first.</summary>
/// <param name="Title">What it does, in the imperative.</param>
/// <param name="Edits">Places in the decoded text, without a byte order mark; they do not overlap. None: only the encoding changes, to UTF-8.</param>
public sealed record Fix(string Title, IReadOnlyList<TextEdit> Edits);

/// <summary>Puts a text in the place of another.</summary>
public sealed record TextEdit(int Start, int Length, string Text);
