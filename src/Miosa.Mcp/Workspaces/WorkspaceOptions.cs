namespace Miosa.Mcp.Workspaces;

/// <summary>Folders of this machine that are workspaces.</summary>
internal sealed class WorkspaceOptions
{
    public const string Section = "Workspaces";

    /// <summary>Each by the name that callers give. The host only reads them.</summary>
    public Dictionary<string, string> Folders { get; set; } = [];
}
