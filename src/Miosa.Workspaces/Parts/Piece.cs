using Miosa.Workspaces.Folders;

namespace Miosa.Workspaces.Parts;

/// <summary>One file, understood by itself. What it says about other files is checked when all are known.</summary>
internal sealed record Piece
{
    public required FoundFile File { get; init; }

    /// <summary>SHA-256 of its content.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>Whether a bridge wrote it.</summary>
    public bool IsGenerated { get; init; }

    /// <summary>What it is in the model; null where nothing could be made of it.</summary>
    public object? Item { get; init; }

    public IReadOnlyList<Problem> Problems { get; init; } = [];
    public IReadOnlyList<Problem> Strict { get; init; } = [];
    public IReadOnlyList<Mention> Mentions { get; init; } = [];
}

/// <summary>A name of something in another file.</summary>
internal sealed record Mention(MentionKind Kind, string Name, int Line, int Column, string Field);

/// <summary>What is named.</summary>
internal enum MentionKind
{
    Agent,
    Skill,
    Task,

    /// <summary>A file, relative to the folder of the file that names it.</summary>
    File,
}
