using Miosa.Devices;

namespace Miosa.Mcp.Sandboxes;

/// <summary>A sandbox as the database keeps it.</summary>
internal sealed record SandboxRow
{
    public required string Id { get; init; }

    public required string Workspace { get; init; }

    public required string Principal { get; init; }

    public required SandboxState State { get; init; }

    public string? Reason { get; init; }

    /// <summary>Its range of user ids; free again once it is destroyed.</summary>
    public required int Slot { get; init; }

    public required SandboxRequest Request { get; init; }

    public required DeviceSize Size { get; init; }

    public required string TemplateId { get; init; }

    public required Isolation Isolation { get; init; }

    public StartedDevice? Started { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>A restore that was begun; whoever starts the sandbox next brings it to its end first.</summary>
    public PendingRestore? Restoring { get; init; }

    /// <summary>How it sleeps where it is paused. Not stored: the machine knows.</summary>
    public SandboxSleep? Sleep { get; init; }

    public string Name => Request.Name ?? Id;

    public DeviceSpec Spec => new()
    {
        Id = Id,
        Hostname = Hostnames.From(Name),
        Template = TemplateId,
        Size = Size,
        Isolation = Isolation,
        Slot = Slot,
    };

    public Sandbox ToSandbox() => new()
    {
        Id = Id,
        Name = Name,
        State = State,
        Sleep = Sleep,
        Reason = Reason,
        TemplateId = TemplateId,
        Size = Size.Name,
        CpuCount = Size.Cpus,
        MemoryMb = Size.MemoryBytes >> 20,
        DiskMb = Size.DiskBytes >> 20,
        Isolation = Isolation.ToString().ToLowerInvariant(),
        Runtime = Started?.Runtime,
        UnenforcedLimits = Started?.UnenforcedLimits ?? [],
        EnvNames = [.. Request.Env.Keys.Order(StringComparer.Ordinal)],
        Persistent = Request.Persistent,
        ForkedFrom = Request.SnapshotId,
        CreatedAt = CreatedAt,
        ExpiresAt = ExpiresAt,
        ExternalWorkspaceId = Request.ExternalWorkspaceId,
        ExternalUserId = Request.ExternalUserId,
        ExternalProjectId = Request.ExternalProjectId,
        Metadata = Request.Metadata,
    };
}
