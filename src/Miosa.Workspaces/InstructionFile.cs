namespace Miosa.Workspaces;

/// <summary>A file that instructs agents beside the boot file.</summary>
public sealed record InstructionFile
{
    public required string Path { get; init; }
    public required InstructionKind Kind { get; init; }
    public required string Text { get; init; }

    /// <summary>The runtime it is written for; null where it is for everybody.</summary>
    public string? Runtime { get; init; }

    public Fact.Map Extra { get; init; } = Fact.Map.Empty;
}

/// <summary>What such a file is.</summary>
public enum InstructionKind
{
    /// <summary>What a runtime boots from: AGENTS.md, CLAUDE.md, GEMINI.md.</summary>
    Boot,

    /// <summary>Who the agent is: SOUL.md, IDENTITY.md.</summary>
    Identity,

    /// <summary>Whom it works for: USER.md.</summary>
    User,

    /// <summary>How it uses its tools: TOOLS.md.</summary>
    Tools,

    /// <summary>What it remembers: MEMORY.md.</summary>
    Memory,

    /// <summary>What it does by itself every so often: HEARTBEAT.md.</summary>
    Heartbeat,

    /// <summary>Rules that always hold: INVARIANTS.md.</summary>
    Rules,

    /// <summary>A longer procedure out of `workflows/`.</summary>
    Workflow,

    /// <summary>What one looks things up in: `reference/`, `spec/`, ENCODING.md.</summary>
    Reference,

    /// <summary>A slash command of a runtime.</summary>
    Command,
}
