namespace Miosa.Mcp.Transports.Http;

/// <summary>How much of the host its HTTP clients may take.</summary>
internal sealed record HttpLimits
{
    public int BodyBytes { get; init; } = ProtocolJson.MaxMessageBytes;

    public int HeaderBytes { get; init; } = 32 * 1024;

    public int Connections { get; init; } = 512;

    /// <summary>Requests worked on at once. Streams that only wait do not count.</summary>
    public int Executing { get; init; } = 64;

    /// <summary>Requests that may wait for their turn. One more is told to come back later.</summary>
    public int Queued { get; init; } = 256;

    /// <summary>Sessions kept in memory. One more puts the longest idle one to sleep.</summary>
    public int Sessions { get; init; } = 256;

    public TimeSpan SessionIdle { get; init; } = TimeSpan.FromMinutes(30);

    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(130);
}
