using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Tests.Approvals;

/// <summary>A workspace's folder, which those who work in it can write.</summary>
internal sealed class PretendFolder : IWorkspaceAuthority
{
    public Authority? Says { get; set; }

    /// <summary>For agents that have a file of their own.</summary>
    public Dictionary<string, Authority> Agents { get; } = new(StringComparer.Ordinal);

    public ValueTask<Authority?> ForAsync(Caller caller, CancellationToken cancellationToken) =>
        ValueTask.FromResult(caller.Agent is { } agent && Agents.TryGetValue(agent, out var own) ? own : Says);
}
