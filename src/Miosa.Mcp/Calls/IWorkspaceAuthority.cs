namespace Miosa.Mcp.Calls;

/// <summary>
/// Tells what the workspace's folder says now about a caller. A feature that reads such folders registers itself; without
/// one the operator's default is in force. What is said here never loosens what a person accepted: the decision takes the
/// stricter of the two.
/// </summary>
internal interface IWorkspaceAuthority
{
    /// <summary>Asked at every call, so it answers from memory. Null where the workspace has no folder, or the folder says nothing.</summary>
    ValueTask<Authority?> ForAsync(Caller caller, CancellationToken cancellationToken);
}
