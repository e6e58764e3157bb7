using System.Collections.Concurrent;
using Miosa.Devices;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Templates;

namespace Miosa.Mcp.Snapshots;

/// <summary>Snapshots that leave this host as a file, or come to it as one.</summary>
internal sealed class SnapshotTransfers(SnapshotService snapshots, SnapshotUses uses, LocalEngine engine, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new(StringComparer.Ordinal);

    /// <summary>The snapshot that a file is to become. Nothing is stored before the file comes.</summary>
    public SnapshotRow NewImport(Caller caller, string? name, string? comment, string size) => new()
    {
        Id = Ids.New(SnapshotRow.Prefix, time),
        Workspace = caller.WorkspaceName,
        Principal = caller.Principal,
        SandboxId = "",
        SandboxName = "",
        Name = name,
        Comment = comment,
        IsAutomatic = false,
        State = SnapshotState.Creating,
        TemplateId = TemplateService.Default,
        Size = DeviceSize.Find(size)!,
        Isolation = Isolation.Standard,
        CreatedAt = time.GetUtcNow(),
    };

    public async Task ExportAsync(SnapshotRow row, Stream destination, CancellationToken cancellationToken)
    {
        using var gate = await EnterAsync(row.Workspace, cancellationToken);
        using var reading = await snapshots.ReadAsync(row.Id);
        await engine.ExportSnapshotAsync(row.Id, destination, cancellationToken);
    }

    public async Task<SnapshotRow> ImportAsync(SnapshotRow row, Stream source, CancellationToken cancellationToken)
    {
        using var gate = await EnterAsync(row.Workspace, cancellationToken);
        using var hold = uses.TryHold(row.Id);
        await snapshots.AddAsync(row, cancellationToken);
        try
        {
            await engine.ImportSnapshotAsync(row.Id, source, cancellationToken);
        }
        catch (Exception exception)
        {
            await snapshots.SettleAsync(row, exception is EngineException engineException ? $"{exception.Message} {engineException.Remedy}" : "The upload broke off.");
            throw;
        }
        return await snapshots.SettleAsync(row, failure: null);
    }

    /// <summary>One at a time for a workspace, so that none keeps the others waiting for all that it has.</summary>
    private async Task<IDisposable> EnterAsync(string workspace, CancellationToken cancellationToken)
    {
        var gate = _gates.GetOrAdd(workspace, _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancellationToken);
        return new Gate(gate);
    }

    private sealed class Gate(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }
}
