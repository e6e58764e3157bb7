namespace Miosa.Mcp.Sandboxes;

/// <summary>A sandbox as callers see it.</summary>
internal sealed record Sandbox
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required SandboxState State { get; init; }

    /// <summary>How it sleeps where it is paused: `frozen` (goes on where it was) or `stopped` (starts anew).</summary>
    public SandboxSleep? Sleep { get; init; }

    /// <summary>Why it is in this state, where that is not plain.</summary>
    public string? Reason { get; init; }

    public required string TemplateId { get; init; }

    public required string Size { get; init; }

    public required int CpuCount { get; init; }

    public required long MemoryMb { get; init; }

    public required long DiskMb { get; init; }

    /// <summary>Bytes that were written in it and are still kept, be it by its snapshots; told by sandbox_get where the machine counts them.</summary>
    public long? DiskUsedBytes { get; init; }

    /// <summary>`standard` or `strong`: what it runs under, which is what was asked or nothing.</summary>
    public required string Isolation { get; init; }

    /// <summary>The runtime it last started under.</summary>
    public string? Runtime { get; init; }

    /// <summary>Limits of its size that this machine cannot keep.</summary>
    public IReadOnlyList<string> UnenforcedLimits { get; init; } = [];

    /// <summary>The names of its environment variables; values are not told.</summary>
    public IReadOnlyList<string> EnvNames { get; init; } = [];

    public required bool Persistent { get; init; }

    /// <summary>The snapshot it began as a copy of.</summary>
    public string? ForkedFrom { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its time is up: a persistent one then stops and keeps its files, another is destroyed.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public string? ExternalWorkspaceId { get; init; }

    public string? ExternalUserId { get; init; }

    public string? ExternalProjectId { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
