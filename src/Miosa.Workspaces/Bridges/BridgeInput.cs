namespace Miosa.Workspaces.Bridges;

/// <summary>What a bridge is made from: the contract, the words of its files, and how a client reaches the server.</summary>
public sealed record BridgeInput
{
    public required Workspace Workspace { get; init; }

    /// <summary>The name by which clients ask the server for this workspace.</summary>
    public required string Name { get; init; }

    /// <summary>The program that clients start.</summary>
    public required string Command { get; init; }

    /// <summary>The agent that clients act as; null: whichever the server takes.</summary>
    public string? Agent { get; init; }

    /// <summary>The names of the server's tools, so that patterns in agents' files can be told to runtimes that know none.</summary>
    public IReadOnlyList<string> Tools { get; init; } = [];

    /// <summary>The contract's files by path, as text with line feeds: see <see cref="BridgeSources"/>.</summary>
    public required IReadOnlyDictionary<string, string> Texts { get; init; }

    /// <summary>What a client starts the program with, in the folder: which lies elsewhere on another machine.</summary>
    public IReadOnlyList<string> Arguments => ["mcp", "--workspace", Name, "--workspace-dir", ".", .. Agent is null ? (string[])[] : ["--agent", Agent]];
}
