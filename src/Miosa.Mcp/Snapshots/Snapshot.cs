namespace Miosa.Mcp.Snapshots;

/// <summary>A snapshot as callers see it.</summary>
internal sealed record Snapshot
{
    public required string SnapshotId { get; init; }

    public required SnapshotState State { get; init; }

    public string? Reason { get; init; }

    /// <summary>Absent for one that was imported.</summary>
    public string? SandboxId { get; init; }

    public string? SandboxName { get; init; }

    public string? Name { get; init; }

    public string? Comment { get; init; }

    /// <summary>Taken by the host; it forgets it at `expires_at` or when there are too many.</summary>
    public required bool Automatic { get; init; }

    /// <summary>What it takes of the disk by itself. Where data is shared its sandbox accounts for it.</summary>
    public long? Bytes { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public string? NextStep { get; init; }

    /// <summary>Where it was just taken: what this machine does less well than it could.</summary>
    public IReadOnlyList<string>? Notes { get; init; }
}

/// <summary>Some snapshots, the latest first, and where to go on.</summary>
internal sealed record SnapshotPage
{
    public required int Count { get; init; }

    /// <summary>Pass as `cursor` for the next page; absent on the last.</summary>
    public string? NextCursor { get; init; }

    public required IReadOnlyList<Snapshot> Snapshots { get; init; }
}
