namespace Miosa.Workspaces.Folders;

/// <summary>A file that the contract is made from.</summary>
internal sealed record FoundFile
{
    public required ContractEntry Entry { get; init; }
    public required FileKind Kind { get; init; }

    /// <summary>The runtime whose folder it is in; null in a folder that is everybody's.</summary>
    public string? Runtime { get; init; }

    /// <summary>Of a file that instructs.</summary>
    public InstructionKind Instruction { get; init; }

    /// <summary>Whether it lies where a client keeps such files, and not where the contract has them.</summary>
    public bool IsClients { get; init; }

    public string Path => Entry.Path;
}
