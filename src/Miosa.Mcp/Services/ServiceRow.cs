namespace Miosa.Mcp.Services;

/// <summary>A service as the database keeps it.</summary>
internal sealed record ServiceRow
{
    public required string Id { get; init; }

    public required string SandboxId { get; init; }

    public required string Workspace { get; init; }

    public required string Principal { get; init; }

    public required string Name { get; init; }

    public required ServiceSpec Spec { get; init; }

    /// <summary>Whether it is to run whenever its sandbox does.</summary>
    public required bool IsWanted { get; init; }

    public required ServiceState State { get; init; }

    public ServiceHealth? Health { get; init; }

    public string? Reason { get; init; }

    /// <summary>Its process, or the last it had. Stored before it is started.</summary>
    public string? ProcessId { get; init; }

    /// <summary>How often it was started again since somebody last asked for it.</summary>
    public int Restarts { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }
}
