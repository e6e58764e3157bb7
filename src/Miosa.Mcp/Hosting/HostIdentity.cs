namespace Miosa.Mcp.Hosting;

/// <summary>What a host says about itself beside its lock.</summary>
internal sealed record HostIdentity
{
    public required int Pid { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required string Version { get; init; }

    /// <summary>Where it listens for HTTP; null while it starts, or when HTTP is off.</summary>
    public string? Http { get; init; }
}
