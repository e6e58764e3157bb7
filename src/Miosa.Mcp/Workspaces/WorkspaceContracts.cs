using System.Collections.Concurrent;
using System.IO.Abstractions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Sandboxes;
using Miosa.Mcp.Workspaces.Folders;
using Miosa.Workspaces;

namespace Miosa.Mcp.Workspaces;

/// <summary>
/// The contracts of all workspaces that have a folder. Whoever asks is answered from memory, or from the copy in the
/// home: no sandbox is woken because somebody looks. What changes in a folder is read soon after.
/// </summary>
internal sealed partial class WorkspaceContracts(
    WorkspaceStore store, FolderDoors doors, Journal journal, MiosaHome home, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<WorkspaceContracts> logger) : IHostedService, IDisposable
{
    /// <summary>What is saved in one go becomes one reload, and the reload is still within a second.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(150);

    private const int MostNamed = 50;
    private readonly ConcurrentDictionary<string, ContractSlot> _slots = new(StringComparer.Ordinal);

    /// <summary>Where folders are is changed by one at a time: two that set the same one would make and delete the same copy.</summary>
    private readonly SemaphoreSlim _changing = new(1);
    private readonly WorkspaceLoader _loader = new(new FileSystem());

    /// <summary>Told when files of a contract's folder changed and were read.</summary>
    public event Action<ContractChange>? Changed;

    public int Count => _slots.Count;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var row in await store.ListAsync(cancellationToken))
            _slots[row.Name] = NewSlot(row);
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var slot in _slots.Values)
            slot.Watch?.Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _changing.Dispose();

    /// <summary>Where the folder of a workspace is; null where it has none.</summary>
    public WorkspaceRow? Row(string workspace) => _slots.TryGetValue(workspace, out var slot) ? slot.Row : null;

    /// <summary>The copy of a workspace's folder.</summary>
    public FolderMirror? Mirror(string workspace) => _slots.TryGetValue(workspace, out var slot) ? slot.Mirror : null;

    /// <summary>The contract as it was read last; null where there is none.</summary>
    public async ValueTask<WorkspaceContract?> FindAsync(string workspace, CancellationToken cancellationToken)
    {
        while (_slots.TryGetValue(workspace, out var slot))
        {
            if (!slot.IsRead)
                await Task.Run(() => ReadFirstAsync(slot), CancellationToken.None).WaitAsync(cancellationToken);
            else if (slot is { Row.Directory: not null, Watch: null })
                Touch(workspace, []);
            // One that was replaced before it was read says nothing: the other one does.
            if (slot.IsRead)
                return slot.Contract;
        }
        return null;
    }

    /// <summary>The contract, or what to do where there is none.</summary>
    public async ValueTask<WorkspaceContract> GetAsync(Caller caller, CancellationToken cancellationToken) =>
        await FindAsync(caller.WorkspaceName, cancellationToken) ?? throw WorkspaceFailures.NoContract(caller.WorkspaceName, Row(caller.WorkspaceName));

    /// <summary>Looks at the folder now, if that can be done without waking anybody.</summary>
    public async Task<WorkspaceContract?> RefreshAsync(string workspace, CancellationToken cancellationToken)
    {
        if (!_slots.TryGetValue(workspace, out var slot))
            return null;
        await Task.Run(() => SyncAsync(slot), CancellationToken.None).WaitAsync(cancellationToken);
        return IsPresent(slot) ? slot.Contract : await FindAsync(workspace, cancellationToken);
    }

    /// <summary>From now on the folder of this workspace is there.</summary>
    public async Task SetAsync(WorkspaceRow row, CancellationToken cancellationToken)
    {
        if (IsSet(row))
            return;
        using (await EnterAsync(_changing))
        {
            if (IsSet(row))
                return;
            await store.SetAsync(row, cancellationToken);
            var slot = NewSlot(row);
            _slots.TryGetValue(row.Name, out var before);
            slot.Contract = before?.Contract;
            _slots[row.Name] = slot;
            if (before is not null)
                await LeaveAsync(before);
        }
    }

    /// <summary>The sandbox with its folder is gone for good, and so is what it said.</summary>
    public async Task RemoveAsync(string workspace, string sandboxId, CancellationToken cancellationToken)
    {
        ContractSlot? slot;
        using (await EnterAsync(_changing))
        {
            if (!_slots.TryGetValue(workspace, out slot) || slot.Row.SandboxId != sandboxId)
                return;
            await store.RemoveAsync(workspace, cancellationToken);
            _slots.TryRemove(workspace, out _);
            await LeaveAsync(slot);
        }
        if (slot.Contract is { } before)
            await TellAsync(slot.Row, new ContractChange(workspace, before, null, []));
    }

    /// <summary>Notes that files of the folder changed; null where it is not known which.</summary>
    public void Touch(string workspace, IReadOnlyList<string>? paths)
    {
        if (_slots.TryGetValue(workspace, out var slot) && slot.Touch(paths))
            _ = Task.Run(() => RefreshSoonAsync(slot), CancellationToken.None);
    }

    /// <summary>The workspaces that have a folder.</summary>
    public IEnumerable<WorkspaceRow> Rows => _slots.Values.Select(slot => slot.Row);

    private async Task RefreshSoonAsync(ContractSlot slot)
    {
        try
        {
            await Task.Delay(Settle, time, lifetime.ApplicationStopping);
            await SyncAsync(slot);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The next host looks anew.
        }
    }

    /// <summary>A folder of this machine is looked at, for it may have changed while no host ran; of a sandbox, what the copy says counts.</summary>
    private async Task ReadFirstAsync(ContractSlot slot)
    {
        if (slot.Row.Directory is not null)
        {
            await SyncAsync(slot);
            return;
        }
        using (await EnterAsync(slot.Gate))
        {
            if (slot.IsRead || !IsPresent(slot))
                return;
            if (slot.Mirror.Exists)
                slot.Contract = Load(slot, changed: null);
            slot.IsRead = true;
        }
    }

    private async Task SyncAsync(ContractSlot slot)
    {
        ContractChange? change = null;
        using (await EnterAsync(slot.Gate))
        {
            // Replaced or removed while this waited, and its copy deleted.
            if (!IsPresent(slot))
                return;
            Watch(slot);
            var suspects = slot.TakeSuspects();
            IReadOnlyList<string>? paths = null;
            try
            {
                var isFirst = !slot.IsRead || slot.Contract is null;
                if (doors.TryOpen(slot.Row) is { } folder)
                    paths = await slot.Mirror.SyncAsync(folder, suspects, lifetime.ApplicationStopping);
                if (paths is not null && (isFirst || paths.Count > 0))
                {
                    var before = slot.Contract;
                    slot.Contract = Load(slot, isFirst ? null : paths);
                    change = new ContractChange(slot.Row.Name, before, slot.Contract, paths);
                }
                else if (isFirst && slot.Mirror.Exists)
                {
                    slot.Contract = Load(slot, changed: null);
                }
            }
            catch (Exception exception) when (DoorFailures.IsBroken(exception) || exception is UnauthorizedAccessException)
            {
                // It fell asleep or ended under us. What was read before counts until it can be looked at again.
                LogNotRead(slot.Row.Name, exception.Message);
                if (!slot.IsRead && slot.Mirror.Exists)
                    slot.Contract = Load(slot, changed: null);
            }
            finally
            {
                if (paths is null)
                    slot.PutBack(suspects);
            }
            slot.IsRead = true;
        }
        if (change is not null)
            await TellAsync(slot.Row, change);
    }

    /// <summary>Before the folder is looked at, so that nothing changes between the two, and anew where another directory has taken its place.</summary>
    private void Watch(ContractSlot slot)
    {
        if (slot.Row.Directory is not { } directory || slot.Watch is { IsOfWhatIsThere: true })
            return;
        slot.Watch?.Dispose();
        slot.Watch = DirectoryWatch.TryStart(directory, paths => Touch(slot.Row.Name, paths));
    }

    /// <summary>When nobody finds it any more.</summary>
    private static async Task LeaveAsync(ContractSlot slot)
    {
        using (await EnterAsync(slot.Gate))
        {
            slot.Watch?.Dispose();
            slot.Mirror.Delete();
        }
    }

    private bool IsSet(WorkspaceRow row) => Row(row.Name) is { } present && present.SandboxId == row.SandboxId && present.Directory == row.Directory;

    private bool IsPresent(ContractSlot slot) => _slots.TryGetValue(slot.Row.Name, out var present) && present == slot;

    private WorkspaceContract? Load(ContractSlot slot, IReadOnlyList<string>? changed)
    {
        var started = time.GetTimestamp();
        var loaded = changed is null || slot.Contract is not { } previous
            ? _loader.Load(slot.Mirror.Tree, lifetime.ApplicationStopping)
            : _loader.Reload(previous.Loaded, changed, cancellationToken: lifetime.ApplicationStopping);
        var contract = new WorkspaceContract
        {
            Name = slot.Row.Name,
            Loaded = loaded,
            Files = slot.Mirror.Files,
            Notes = slot.Mirror.Notes,
            LoadedAt = time.GetUtcNow(),
        };
        LogRead(slot.Row.Name, time.GetElapsedTime(started).TotalMilliseconds, loaded.Problems.Count);
        return contract.IsEmpty ? null : contract;
    }

    private async Task TellAsync(WorkspaceRow row, ContractChange change)
    {
        if (change.IsOfContract)
        {
            await journal.AppendAsync(
                new JournalEvent(change.Before is null ? "workspace.loaded" : "workspace.changed")
                {
                    Workspace = row.Name,
                    Device = row.SandboxId,
                    Data = new
                    {
                        workspace = row.Name,
                        fingerprint = change.Now?.Fingerprint,
                        agents = change.Now?.Workspace.Agents.Count ?? 0,
                        skills = change.Now?.Workspace.Skills.Count ?? 0,
                        runbooks = change.Now?.Workspace.Runbooks.Count ?? 0,
                        problems = change.Now?.Problems,
                        changed = change.Paths.Take(MostNamed).ToArray(),
                        unnamed = Math.Max(0, change.Paths.Count - MostNamed),
                    },
                },
                CancellationToken.None);
        }
        Changed?.Invoke(change);
    }

    private ContractSlot NewSlot(WorkspaceRow row) =>
        new(row, new FolderMirror(Path.Combine(home.Path, "workspaces", WorkspaceNames.Key($"{row.Name}\n{row.SandboxId}{row.Directory}")), row.Name));

    private static async Task<IDisposable> EnterAsync(SemaphoreSlim gate)
    {
        await gate.WaitAsync(CancellationToken.None);
        return new Entered(gate);
    }

    [LoggerMessage(LogLevel.Information, "The contract of {Workspace} was read in {Milliseconds} ms; it has {Problems} problems")]
    private partial void LogRead(string workspace, double milliseconds, int problems);

    [LoggerMessage(LogLevel.Information, "The folder of {Workspace} could not be read now: {Reason}")]
    private partial void LogNotRead(string workspace, string reason);

    private sealed class Entered(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
