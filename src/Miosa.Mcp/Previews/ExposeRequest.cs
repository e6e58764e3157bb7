namespace Miosa.Mcp.Previews;

/// <summary>What a caller wants shown.</summary>
internal sealed record ExposeRequest
{
    public required string SandboxId { get; init; }

    public required int Port { get; init; }

    /// <summary>As it is, where absent; a new one is private.</summary>
    public PreviewAccess? Access { get; init; }

    /// <summary>How long to wait for something to listen.</summary>
    public required TimeSpan Wait { get; init; }

    /// <summary>How long the token is good.</summary>
    public required TimeSpan TokenLifetime { get; init; }
}
