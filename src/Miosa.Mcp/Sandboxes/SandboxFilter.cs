namespace Miosa.Mcp.Sandboxes;

/// <summary>Which sandboxes a list is about; null is any.</summary>
internal sealed record SandboxFilter
{
    public SandboxState? State { get; init; }

    public string? Name { get; init; }

    public string? TemplateId { get; init; }

    public string? ExternalWorkspaceId { get; init; }

    public string? ExternalUserId { get; init; }

    public string? ExternalProjectId { get; init; }

    /// <summary>Continues behind this id.</summary>
    public string? After { get; init; }

    public int Limit { get; init; } = 20;
}
