namespace Miosa.Mcp.Snapshots;

/// <summary>Which way a snapshot goes.</summary>
internal enum SnapshotLinkKind
{
    Export,
    Import,
}

/// <summary>A link that moves one snapshot as one file, for a while, for whoever holds it.</summary>
internal sealed record SnapshotLink
{
    /// <summary>The one that goes out, or that there will be.</summary>
    public required string SnapshotId { get; init; }

    public required Uri Url { get; init; }

    /// <summary>`PUT` or `GET`.</summary>
    public required string Method { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>A command line that does it, on the machine of the host.</summary>
    public required string Example { get; init; }

    public required string NextStep { get; init; }
}
