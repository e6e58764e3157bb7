namespace Miosa.Mcp.Calls;

/// <summary>How far the effect of a capability reaches.</summary>
internal enum CapabilityScope
{
    Workspace,
    Sandbox,
    Computer,
    Deployment,
    Tenant,
}
