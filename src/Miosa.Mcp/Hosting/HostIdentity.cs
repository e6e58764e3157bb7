namespace Miosa.Mcp.Hosting;

/// <summary>What the lock file says about the host that holds the home.</summary>
internal sealed record HostIdentity
{
    public required int Pid { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required string Version { get; init; }

    /// <summary>Where it listens for HTTP; null while it starts, or when HTTP is off.</summary>
    public string? Http { get; init; }
}
