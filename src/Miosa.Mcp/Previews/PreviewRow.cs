namespace Miosa.Mcp.Previews;

/// <summary>A port of a sandbox that can be reached from outside, as the database keeps it.</summary>
internal sealed record PreviewRow
{
    public required string Id { get; init; }

    public required string SandboxId { get; init; }

    public required string Workspace { get; init; }

    public required string Principal { get; init; }

    public required int Port { get; init; }

    /// <summary>The sandbox's part of the host name; the same for all its ports, for as long as it lives.</summary>
    public required string Slug { get; init; }

    public required PreviewAccess Access { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The first label of the host name.</summary>
    public string Label => PreviewNames.Label(Port, Slug);
}
