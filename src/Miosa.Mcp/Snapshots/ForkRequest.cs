namespace Miosa.Mcp.Snapshots;

/// <summary>What a caller asks of new sandboxes that begin as copies.</summary>
internal sealed record ForkRequest
{
    /// <summary>The living sandbox to copy as it is now; or else a snapshot is named.</summary>
    public string? SandboxId { get; init; }

    public string? SnapshotId { get; init; }

    public required int Count { get; init; }

    /// <summary>For the first ones; the rest get names from their ids.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    public int? TimeoutSeconds { get; init; }

    public string? ExternalWorkspaceId { get; init; }

    public string? ExternalUserId { get; init; }

    public string? ExternalProjectId { get; init; }
}
