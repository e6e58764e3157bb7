namespace Miosa.Mcp.Hosting;

/// <summary>What a running host tells about itself.</summary>
internal sealed record HostStatus
{
    public required HostIdentity Host { get; init; }

    public required string Home { get; init; }

    public required long UptimeSeconds { get; init; }

    /// <summary>How many of each thing there are now, such as connections or sandboxes.</summary>
    public required IReadOnlyDictionary<string, long> Counts { get; init; }
}
