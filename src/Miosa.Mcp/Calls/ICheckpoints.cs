namespace Miosa.Mcp.Calls;

/// <summary>Keeps what a destructive call is about to take away. A feature that can registers itself; without one such calls go unkept.</summary>
internal interface ICheckpoints
{
    /// <summary>Taken before the call; null where there is nothing to keep. A failure refuses the call.</summary>
    Task<Undo?> TakeAsync(Call call, CancellationToken cancellationToken);

    /// <summary>The call changed nothing, so what was kept is not needed.</summary>
    Task DropAsync(Undo undo);
}

/// <summary>How a call can be undone, as its answer says it.</summary>
internal sealed record Undo
{
    /// <summary>The tool that does it, with the arguments below; absent where nothing could be kept.</summary>
    public string? Tool { get; init; }

    public string? SandboxId { get; init; }

    public string? SnapshotId { get; init; }

    /// <summary>Until when; absent where for good.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Why it cannot be undone.</summary>
    public string? Unavailable { get; init; }
}
