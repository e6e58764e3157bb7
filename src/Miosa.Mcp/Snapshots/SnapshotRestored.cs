using Miosa.Mcp.Calls;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Snapshots;

/// <summary>What a restore did, and how to undo it.</summary>
internal sealed record SnapshotRestored
{
    public required string SandboxId { get; init; }

    public required SandboxState State { get; init; }

    public required string SnapshotId { get; init; }

    /// <summary>What the sandbox had is this snapshot now.</summary>
    public required Undo Undo { get; init; }

    /// <summary>Processes that ran and were ended, at most 20.</summary>
    public IReadOnlyList<string> ProcessesEnded { get; init; } = [];

    public required string NextStep { get; init; }

    /// <summary>What this machine does less well than it could; empty where there is nothing.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
