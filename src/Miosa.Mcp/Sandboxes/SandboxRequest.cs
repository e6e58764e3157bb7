namespace Miosa.Mcp.Sandboxes;

/// <summary>What a caller asks of a new sandbox.</summary>
internal sealed record SandboxRequest
{
    public string? Name { get; init; }

    public string? TemplateId { get; init; }

    /// <summary>For a fork: the snapshot it begins as a copy of.</summary>
    public string? SnapshotId { get; init; }

    /// <summary>For a fork: the sandbox that the snapshot is of.</summary>
    public string? SourceId { get; init; }

    public string? Size { get; init; }

    public int? CpuCount { get; init; }

    public int? MemoryMb { get; init; }

    public string? Isolation { get; init; }

    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>();

    public bool Persistent { get; init; } = true;

    /// <summary>The preset of the network it starts with; the host's default where none is named.</summary>
    public string? Network { get; init; }

    public int? TimeoutSeconds { get; init; }

    /// <summary>Unused this long it is frozen; zero for never, null for what the host does.</summary>
    public int? SleepAfterSeconds { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    public string? ExternalWorkspaceId { get; init; }

    public string? ExternalUserId { get; init; }

    public string? ExternalProjectId { get; init; }
}
