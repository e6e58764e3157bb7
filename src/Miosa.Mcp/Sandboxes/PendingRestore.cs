namespace Miosa.Mcp.Sandboxes;

/// <summary>A restore that was begun: what the sandbox gets, and where what it had is kept.</summary>
internal sealed record PendingRestore(string SnapshotId, string KeptId);
