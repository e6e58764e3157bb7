namespace Miosa.Devices;

/// <summary>What a device or a snapshot takes of the disk, as of the last time its file system wrote everything down: 30 s ago at most.</summary>
public sealed record VolumeSpace
{
    public required SpaceCount Counted { get; init; }

    /// <summary>What it alone accounts for.</summary>
    public required long OwnBytes { get; init; }

    /// <summary>All that is in it, also what it shares; null where that is not counted.</summary>
    public long? TotalBytes { get; init; }
}

/// <summary>What <see cref="VolumeSpace.OwnBytes"/> means here.</summary>
public enum SpaceCount
{
    /// <summary>What was written in it and is still kept, be it by a snapshot of it. So a device accounts for its snapshots, and a snapshot for next to nothing.</summary>
    Written,

    /// <summary>What would be free if it were deleted.</summary>
    Exclusive,

    /// <summary>All of it: nothing is shared, unless the machine's file system does so unseen.</summary>
    Copied,
}
