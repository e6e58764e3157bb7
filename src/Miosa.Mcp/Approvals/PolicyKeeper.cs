using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Approvals;

/// <summary>
/// Knows which authority is in force: what a person accepted, or the operator's default, and what the workspace's folder
/// says now. The folder can be written by those it is about, so by itself it only makes things stricter.
/// </summary>
internal sealed class PolicyKeeper(PolicyStore store, IEnumerable<IWorkspaceAuthority> folders, IOptions<ApprovalOptions> options, TimeProvider time)
{
    private const int MostRemembered = 10_000;
    private const string FirstSeen = "folder:first-seen";
    private readonly IWorkspaceAuthority? _folders = folders.SingleOrDefault();
    private readonly ConcurrentDictionary<(string Workspace, string Agent), Accepted> _accepted = new();
    private readonly ConcurrentDictionary<(string Workspace, string Agent), PolicyInForce> _inForce = new();

    public async ValueTask<PolicyInForce> ForAsync(Caller caller, CancellationToken cancellationToken)
    {
        var key = (caller.WorkspaceName, caller.Agent ?? "");
        // Names are the callers' to choose, and what is forgotten is only read again.
        if (_inForce.Count > MostRemembered)
        {
            _inForce.Clear();
            _accepted.Clear();
        }
        var folder = _folders is null ? null : await _folders.ForAsync(caller, cancellationToken);
        // What was accepted while this looked is newer than what it found.
        if (!_accepted.TryGetValue(key, out var accepted))
            accepted = _accepted.GetOrAdd(key, new Accepted(await store.FindAsync(key.WorkspaceName, key.Item2, cancellationToken)));
        if (accepted.Authority is null && folder is not null && IsOfSomebody(folder))
            accepted = await KeepFirstAsync(key, folder, accepted, cancellationToken);
        if (_inForce.TryGetValue(key, out var known) && ReferenceEquals(known.Folder, folder) && ReferenceEquals(known.Accepted, accepted.Authority))
            return known;
        return _inForce[key] = PolicyInForce.Of(accepted.Authority, folder, options.Value.Mode);
    }

    /// <summary>Somebody accepted another one.</summary>
    public void Accept(string workspace, string agent, Authority authority) => _accepted[(workspace, agent)] = new Accepted(authority);

    /// <summary>
    /// A contract that is seen for the first time is what its owner begins with. It is kept, so that whoever it is about
    /// cannot lift it later by writing, breaking or removing the folder. It lifts nothing of the operator's.
    /// </summary>
    private async Task<Accepted> KeepFirstAsync((string Workspace, string Agent) key, Authority folder, Accepted nothing, CancellationToken cancellationToken)
    {
        var mode = options.Value.Mode;
        var first = folder with { Mode = folder.Mode is { } said && said > mode ? said : mode, Budget = null };
        var kept = new Accepted(await store.KeepFirstAsync(key.Workspace, key.Agent, first, FirstSeen, time.GetUtcNow(), cancellationToken));
        // Unless somebody accepted another one meanwhile.
        return _accepted.TryUpdate(key, kept, nothing) ? kept : _accepted.GetOrAdd(key, kept);
    }

    /// <summary>A name that the contract does not know is allowed nothing, and anybody may think of one.</summary>
    private static bool IsOfSomebody(Authority folder) => folder.Tools is not { Count: 0 };

    private sealed record Accepted(Authority? Authority);
}
