namespace Miosa.Mcp.Workspaces;

/// <summary>A contract that is not as it was.</summary>
/// <param name="Workspace">The name of the workspace.</param>
/// <param name="Before">What it was; null where there was none.</param>
/// <param name="Now">What it is; null where there is none any more.</param>
/// <param name="Paths">Files that changed; not all of them need be part of the contract.</param>
internal sealed record ContractChange(string Workspace, WorkspaceContract? Before, WorkspaceContract? Now, IReadOnlyList<string> Paths)
{
    /// <summary>Whether what agents are told differs, and not only files beside it.</summary>
    public bool IsOfContract => Before?.Fingerprint != Now?.Fingerprint;
}
