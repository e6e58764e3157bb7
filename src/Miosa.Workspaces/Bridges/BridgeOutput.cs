namespace Miosa.Workspaces.Bridges;

/// <summary>What one runtime boots from.</summary>
public sealed record BridgeOutput
{
    public required IReadOnlyList<BridgeFile> Files { get; init; }

    /// <summary>What did not fit or could not be carried.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    /// <summary>What a person has to do, where a runtime keeps its settings outside of the folder.</summary>
    public IReadOnlyList<string> ByHand { get; init; } = [];
}
