namespace Miosa.Mcp.Templates;

/// <summary>How a template stands.</summary>
internal enum TemplateState
{
    /// <summary>It is built when it is first needed.</summary>
    NotBuilt,
    Building,
    Built,
    Failed,
}
