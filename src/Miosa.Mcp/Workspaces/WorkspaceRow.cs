namespace Miosa.Mcp.Workspaces;

/// <summary>Where the folder of a workspace is: in one of its sandboxes, or on this machine.</summary>
internal sealed record WorkspaceRow
{
    public required string Name { get; init; }

    /// <summary>The primary sandbox, whose `/workspace` is the folder.</summary>
    public string? SandboxId { get; init; }

    /// <summary>A folder of this machine that its operator named; the host only reads it.</summary>
    public string? Directory { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}
