using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Devices;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Snapshots;

/// <summary>Keeps a sandbox's files before a call that takes something of them away, or the sandbox itself.</summary>
internal sealed partial class Checkpoints(
    SnapshotService snapshots, SnapshotStore store, SnapshotRetention retention, SandboxService sandboxes, IOptions<SnapshotOptions> options, ILogger<Checkpoints> logger) : ICheckpoints
{
    private const string Destroy = "sandbox_destroy";

    public async Task<Undo?> TakeAsync(Call call, CancellationToken cancellationToken)
    {
        // A sandbox that is unknown, gone or without files is the tool's to tell.
        if (!options.Value.Checkpoints || !call.Arguments.TryGetValue("sandbox_id", out var id) || id.ValueKind is not JsonValueKind.String
            || await sandboxes.FindAsync(call.Caller, id.GetString()!, cancellationToken) is not { State: not SandboxState.Destroyed, Started: not null } sandbox)
            return null;
        try
        {
            // Those that are lost cannot be kept, and are no reason to keep what is left of it.
            if (!await sandboxes.HasFilesAsync(sandbox.Id, cancellationToken))
                return null;
            var kept = await snapshots.KeepAsync(call.Caller, sandbox, $"before {call.Tool}", cancellationToken);
            await retention.PruneAsync(sandbox.Id, cancellationToken);
            return new Undo
            {
                Tool = call.Tool is Destroy ? "sandbox_fork" : "sandbox_snapshot_restore",
                SandboxId = call.Tool is Destroy ? null : sandbox.Id,
                SnapshotId = kept.Id,
                Until = snapshots.ExpiresAt(kept),
            };
        }
        catch (Exception exception) when (exception is EngineException or ToolFailureException)
        {
            LogNotKept(exception, call.Tool, sandbox.Id);
            // Of a full disk, to destroy something is the way out.
            var isWayOut = call.Tool is Destroy && exception is EngineException { IsDiskFull: true };
            return isWayOut || options.Value.ProceedWithoutCheckpoint
                ? new Undo { Unavailable = $"The files could not be kept before. {exception.Message}" }
                : throw SnapshotFailures.NothingKept(sandbox.Id, call.Tool, exception);
        }
    }

    public async Task DropAsync(Undo undo)
    {
        if (undo.SnapshotId is not { } id)
            return;
        try
        {
            if (await store.FindAsync(id, CancellationToken.None) is { } row)
                await snapshots.RemoveAsync(row, "The call that it was taken for changed nothing.");
        }
        catch (Exception exception) when (exception is EngineException or ToolFailureException)
        {
            // Retention takes it later.
            LogNotDropped(exception, id);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Nothing was kept before {Tool} of {SandboxId}")]
    private partial void LogNotKept(Exception exception, string tool, string sandboxId);

    [LoggerMessage(LogLevel.Warning, "Checkpoint {Id} is not needed and could not be removed")]
    private partial void LogNotDropped(Exception exception, string id);
}
