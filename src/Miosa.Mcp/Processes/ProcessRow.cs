namespace Miosa.Mcp.Processes;

/// <summary>A command as the database keeps it: enough to find it again, and to tell what became of it.</summary>
internal sealed record ProcessRow
{
    public required string Id { get; init; }

    public required string SandboxId { get; init; }

    public required string Workspace { get; init; }

    public required string Principal { get; init; }

    public required string Title { get; init; }

    public string? CallId { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>`running` until its end is known.</summary>
    public required string Status { get; init; }

    public int? ExitCode { get; init; }

    public string? Signal { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Up to where its output is in the journal.</summary>
    public long JournaledCursor { get; init; }
}
