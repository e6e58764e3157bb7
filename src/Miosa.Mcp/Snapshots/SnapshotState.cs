namespace Miosa.Mcp.Snapshots;

/// <summary>Where a snapshot is in its life.</summary>
internal enum SnapshotState
{
    Creating,

    /// <summary>Whole, and for use.</summary>
    Ready,

    /// <summary>It could not be taken, or its files are gone; the reason says why.</summary>
    Failed,

    Deleting,
}
