using Miosa.Devices.Doors;

namespace Miosa.Mcp.Processes;

/// <summary>A command to run in a sandbox.</summary>
internal sealed record ExecRequest
{
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>What a person would call it, for lists and events.</summary>
    public required string Title { get; init; }

    public string WorkingDirectory { get; init; } = "/workspace";

    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>();

    public string User { get; init; } = "agent";

    /// <summary>Given to the command, then its input ends; null for none.</summary>
    public string? Input { get; init; }

    public bool KeepInputOpen { get; init; }

    public TerminalSize? Terminal { get; init; }

    /// <summary>After this the command and all it started are killed.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>After this the answer is given and the command goes on.</summary>
    public required TimeSpan Wait { get; init; }
}
