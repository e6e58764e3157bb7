namespace Miosa.Mcp.Network;

/// <summary>Something that happened at a sandbox's way out.</summary>
internal sealed record NetworkLogEntry
{
    public required string EventId { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>`allowed`, `refused`, `failed` (allowed, but not reached), `closed` (a connection ended) or `changed` (the policy was set).</summary>
    public required string Decision { get; init; }

    public string? Host { get; init; }

    public int? Port { get; init; }

    /// <summary>What the host was at that moment.</summary>
    public string? Address { get; init; }

    /// <summary>The rule that let it pass, or the reason for which it did not.</summary>
    public string? Why { get; init; }

    public long? BytesSent { get; init; }

    public long? BytesReceived { get; init; }

    /// <summary>How many equal ones this line stands for.</summary>
    public required int Count { get; init; }
}
