namespace Miosa.Workspaces.Bridges;

/// <summary>From the one contract to what one runtime boots from. Pure: the same contract, the same files.</summary>
public interface IRuntimeBridge
{
    /// <summary>The runtime, as the contract calls it.</summary>
    string Runtime { get; }

    /// <summary>The file that no other bridge writes: where it is ours, this runtime has been bridged.</summary>
    string Sign { get; }

    /// <summary>Folders in which files with the marker that are no longer made can be removed.</summary>
    IReadOnlyList<string> Folders { get; }

    BridgeOutput Write(BridgeInput input);
}
