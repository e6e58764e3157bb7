using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Snapshots;

/// <summary>What can go wrong with a snapshot, in words a caller can act on.</summary>
internal static class SnapshotFailures
{
    public static ToolFailureException Unknown(string id) => new(
        ToolErrorCode.NotFound, $"There is no snapshot `{id}` in this workspace.", "Take the snapshot_id that a create, a fork or an `undo` named; sandbox_snapshot_list (toolset snapshots) shows all of them.");

    public static ToolFailureException NotReady(SnapshotRow row) => new(
        ToolErrorCode.Conflict, $"Snapshot `{row.Id}` is {row.State.ToString().ToLowerInvariant()}.{(row.Reason is null ? "" : $" {row.Reason}")}",
        row.State is SnapshotState.Creating ? "Call again in a moment." : "Take another; sandbox_snapshot_list (toolset snapshots) shows them.", retryable: row.State is SnapshotState.Creating);

    public static ToolFailureException OfAnother(SnapshotRow row, string sandboxId) => new(
        ToolErrorCode.PreconditionFailed, $"Snapshot `{row.Id}` is of sandbox `{row.SandboxId}` and not of `{sandboxId}`; nothing was changed.",
        "A sandbox gets back only what was its own. Use sandbox_fork with this snapshot_id for a sandbox with these files.");

    public static ToolFailureException TooMany(int most) => new(
        ToolErrorCode.LimitExceeded, $"There are already {most} snapshots of this sandbox, which is the most that are kept.", "Delete some with sandbox_snapshot_delete (toolset snapshots).");

    public static ToolFailureException InUse(string id, IReadOnlyList<string> sandboxes) => new(
        ToolErrorCode.Conflict, $"Snapshot `{id}` is being used{(sandboxes.Count is 0 ? "" : $" to make or restore {string.Join(", ", sandboxes)}")}.", "Call again when that is done; sandbox_get tells.", retryable: true);

    public static ToolFailureException StillTaking(string id) => new(
        ToolErrorCode.Timeout, $"Snapshot `{id}` takes longer than a call may, since much was written that has to reach the disk first; it goes on.",
        $"Call sandbox_fork with snapshot_id `{id}` in a moment.");

    public static ToolFailureException StillRestoring(string id) => new(
        ToolErrorCode.Timeout, $"The restore of sandbox `{id}` takes longer than a call may; it goes on.", "sandbox_get tells when it is running; event_list has sandbox.snapshot.restored when it is done.");

    public static ToolFailureException NothingKept(string id, string tool, Exception reason) => new(
        ToolErrorCode.PreconditionFailed, $"{tool} was not done: the files of sandbox `{id}` could not be kept before it. {reason.Message}",
        "Free space by deleting snapshots (sandbox_snapshot_delete, toolset snapshots) and call again; a person can allow it without (`Snapshots:ProceedWithoutCheckpoint` in settings.json).",
        inner: reason);

    public static ToolFailureException NoneForked(int count, ToolFailureException first) => new(
        first.Code, $"{(count is 1 ? "The fork was not made." : $"None of the {count} forks was made.")} {first.Message}", first.NextStep, inner: first);
}
