namespace Miosa.Mcp.Workspaces.Views;

/// <summary>What an agent has to know before it works, as much of it as fits, and how to get the rest.</summary>
internal sealed record BootPack
{
    public required string Workspace { get; init; }

    public required string Company { get; init; }

    /// <summary>The agent that the caller acts as.</summary>
    public string? Agent { get; init; }

    /// <summary>What it costs, counted at 3.5 characters a token.</summary>
    public int Tokens { get; init; }

    public required string NextStep { get; init; }

    public string? Mission { get; init; }

    /// <summary>The boot file.</summary>
    public string Boot { get; init; } = "";

    /// <summary>The file of the agent that the caller acts as.</summary>
    public string? Role { get; init; }

    /// <summary>Each as `id: what it is`.</summary>
    public IReadOnlyList<string> Agents { get; init; } = [];

    public IReadOnlyList<string> Skills { get; init; } = [];

    public IReadOnlyList<string> Runbooks { get; init; } = [];

    public required ProblemCounts Problems { get; init; }

    /// <summary>What did not fit, and which tool has it.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    public required string Fingerprint { get; init; }
}
