using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Devices;
using Miosa.Devices.Doors;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Templates;

namespace Miosa.Mcp.Sandboxes;

/// <summary>
/// The rules of sandboxes. A row is the wish, the machine is the fact: whoever needs a sandbox asks for it to be
/// ready, and it is made, started or found running.
/// </summary>
internal sealed partial class SandboxService(
    SandboxStore store, LocalEngine engine, TemplateService templates, SandboxActivity activity, Journal journal, IOptions<SandboxOptions> options,
    TimeProvider time, ILogger<SandboxService> logger)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new(StringComparer.Ordinal);

    /// <summary>Told whenever a sandbox begins to run, by a start or by being found alive.</summary>
    public event Action<SandboxRow>? Started;

    /// <summary>
    /// Told before a sandbox runs for the first time what its template gives it beside files, such as services. Told
    /// again where the host ended before it was ready.
    /// </summary>
    public event Func<SandboxRow, TemplateSpec, Task>? MadeFrom;

    /// <summary>Told whenever a sandbox's state has been stored.</summary>
    public event Action<SandboxRow>? Changed;

    /// <summary>Told when a sandbox's machine has ended, for good or until it is started again. One that is frozen has not.</summary>
    public event Action<SandboxRow>? Ended;

    /// <summary>The living sandbox of that name, or a new one.</summary>
    public async Task<(SandboxRow Row, bool Created)> CreateAsync(Caller caller, SandboxRequest request, CancellationToken cancellationToken)
    {
        var template = await templates.GetAsync(caller.WorkspaceName, request.TemplateId ?? TemplateService.Default, cancellationToken);
        request = request with { Size = request.Size ?? template.Spec.Size, Network = request.Network ?? template.Spec.Egress };
        var row = SandboxRequests.ToRow(caller, request, time);
        await RequireRoomAsync(row, cancellationToken);
        var (stored, created) = await store.GetOrAddAsync(row, options.Value.Most, cancellationToken);
        if (created)
            await AppendAsync("sandbox.created", stored, cancellationToken);
        return (await MakeReadyAsync(stored, cancellationToken), created);
    }

    /// <summary>The sandbox, if the caller may know of it; one that is gone is told as that.</summary>
    public async Task<SandboxRow> GetAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var row = await store.FindAsync(id, cancellationToken);
        if (row is null || row.Workspace != caller.WorkspaceName)
            throw SandboxFailures.Unknown(id, await store.NamesAsync(caller.WorkspaceName, 5, cancellationToken));
        return AsItIs(row);
    }

    public async Task<IReadOnlyList<SandboxRow>> ListAsync(Caller caller, SandboxFilter filter, CancellationToken cancellationToken) =>
        [.. (await store.ListAsync(caller.WorkspaceName, filter, cancellationToken)).Select(AsItIs)];

    /// <summary>A way into the sandbox, which is made or started for it where needed.</summary>
    public async Task<(SandboxRow Row, Door Door)> EnterAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var row = await WakeAsync(await GetAsync(caller, id, cancellationToken), cancellationToken);
        // Each connection is a use while it is open, so that nothing stands still in the middle of an answer.
        return (row, engine.Door(row.Id, token => UseAsync(row, token)));
    }

    /// <summary>The sandbox, running: made, started or thawed where needed. Counts as a use of it that is over at once: see <see cref="UseAsync"/>.</summary>
    public async Task<SandboxRow> WakeAsync(SandboxRow row, CancellationToken cancellationToken)
    {
        activity.Touch(row.Id);
        if (row.State is SandboxState.Destroyed)
            throw SandboxFailures.Destroyed(row);
        row = await MakeReadyAsync(row, cancellationToken);
        return row.State switch
        {
            SandboxState.Provisioning => throw SandboxFailures.NotReady(row, await templates.DoingAsync(row.Workspace, row.TemplateId, cancellationToken) ?? "its machine is being made"),
            SandboxState.Error => throw SandboxFailures.Broken(row),
            _ => row,
        };
    }

    public async Task<SandboxRow> DestroyAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var row = await GetAsync(caller, id, cancellationToken);
        // Not tied to this call: what else goes on in it may take longer than a call may.
        var work = Task.Run(() => DestroyAsync(row.Id, $"Asked for by {caller.Principal}.", CancellationToken.None), CancellationToken.None);
        return await work.WaitAsync(options.Value.LongestWait, time, cancellationToken);
    }

    /// <summary>Stops or destroys those whose time is up.</summary>
    public async Task EndExpiredAsync(CancellationToken cancellationToken)
    {
        foreach (var row in await store.LivingAsync(cancellationToken))
        {
            if (row.ExpiresAt is { } expires && expires <= time.GetUtcNow())
                await GuardAsync(row.Id, () => EndExpiredAsync(row, cancellationToken));
        }
    }

    private async Task EndExpiredAsync(SandboxRow row, CancellationToken cancellationToken)
    {
        if (!row.Request.Persistent)
            await DestroyAsync(row.Id, "Its time to live was up.", cancellationToken);
        else if (row.State is SandboxState.Running || engine.IsFrozen(row.Id))
            await PauseAsync(row.Id, "Its time to live was up; its files are kept and the next call starts it.", cancellationToken);
    }

    /// <summary>
    /// Brings rows and machine together after a start of the host: what runs is found again, what does not is said to
    /// be paused, what was being destroyed is destroyed to its end.
    /// </summary>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        foreach (var id in engine.FindLeftovers())
        {
            if (await store.FindAsync(id, cancellationToken) is { State: SandboxState.Destroyed })
                await GuardAsync(id, () => engine.DestroyAsync(id, cancellationToken));
        }
        foreach (var row in await store.LivingAsync(cancellationToken))
        {
            // One that was never made to its end is not ready because its machine runs: a fork may lack its own identity.
            if (row.Started is not null && row.Restoring is null)
                await GuardAsync(row.Id, () => NoteAsync(row.Id, cancellationToken));
        }
    }

    /// <summary>Where servers of the template listen that it was made from; nothing where that is gone.</summary>
    public async Task<IReadOnlyList<int>> PortsOfTemplateAsync(SandboxRow row, CancellationToken cancellationToken)
    {
        try
        {
            return (await templates.GetAsync(row.Workspace, row.TemplateId, cancellationToken)).Spec.Ports;
        }
        catch (ToolFailureException)
        {
            return [];
        }
    }

    /// <summary>Makes what was being made or restored when the host before ended. A template may have to be built for it first.</summary>
    public async Task FinishMakingAsync(CancellationToken cancellationToken)
    {
        foreach (var row in await store.LivingAsync(cancellationToken))
        {
            if (row.State is SandboxState.Provisioning || row.Restoring is not null)
                await StartAsync(row.Id).WaitAsync(cancellationToken);
        }
    }

    private Task NoteAsync(string id, CancellationToken cancellationToken) =>
        engine.IsFrozen(id) ? NoteFrozenAsync(id, cancellationToken)
        : engine.IsRunning(id) ? NoteRunningAsync(id, cancellationToken)
        : NoteEndedAsync(id, "It was not running when the host started; its processes are gone, its files are kept.", cancellationToken);

    /// <summary>What fails with one sandbox keeps nobody from looking after the others; the next round tries again.</summary>
    private async Task GuardAsync(string id, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogNotTended(exception, id);
        }
    }

    /// <summary>Told by whoever notices that a sandbox's machine ended by itself.</summary>
    public Task NoteEndedAsync(string id, CancellationToken cancellationToken) =>
        NoteEndedAsync(id, "Its machine ended by itself; its processes are gone, its files are kept.", cancellationToken);

    private async Task NoteEndedAsync(string id, string reason, CancellationToken cancellationToken)
    {
        using var gate = await EnterGateAsync(id, cancellationToken);
        if (await store.FindAsync(id, cancellationToken) is { State: SandboxState.Running } row && !engine.IsRunning(id))
            await SetAsync(row with { State = SandboxState.Paused, Reason = reason }, "sandbox.paused", cancellationToken);
    }

    private async Task NoteRunningAsync(string id, CancellationToken cancellationToken)
    {
        using var gate = await EnterGateAsync(id, cancellationToken);
        if (await store.FindAsync(id, cancellationToken) is not { } row || row.State is SandboxState.Destroyed || !engine.IsRunning(id))
            return;
        if (row.State is not SandboxState.Running)
            await SetAsync(row with { State = SandboxState.Running, Reason = null }, "sandbox.running", cancellationToken);
        Started?.Invoke(row);
    }

    /// <summary>Makes and starts it, waiting no longer than a client does; then it goes on by itself.</summary>
    private async Task<SandboxRow> MakeReadyAsync(SandboxRow row, CancellationToken cancellationToken)
    {
        if (row.State is SandboxState.Running && row.Restoring is null && IsAwake(row.Id))
            return row;
        // Not tied to this call: a client that goes away does not leave half a machine.
        var work = Task.Run(() => StartAsync(row.Id), CancellationToken.None);
        try
        {
            return await work.WaitAsync(options.Value.LongestWait, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return await store.FindAsync(row.Id, cancellationToken) ?? row;
        }
    }

    private async Task<SandboxRow> StartAsync(string id)
    {
        // Not behind its gate: a build takes minutes, and meanwhile it can be destroyed.
        var template = HaveTemplateAsync(id);
        await template.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var gate = await EnterGateAsync(id, CancellationToken.None);
        var row = (await store.FindAsync(id, CancellationToken.None))!;
        if (row.State is SandboxState.Destroyed || (row.State is SandboxState.Running && row.Restoring is null && IsAwake(id)))
            return row;
        if (row.Restoring is null && engine.IsFrozen(id) && engine.IsRunning(id))
            return await ThawAsync(row);
        try
        {
            await template;
            var isNew = row.Started is null;
            if (row.Restoring is not null)
                row = await FinishRestoreAsync(row);
            await MakeAsync(row, isNew);
            var started = await engine.StartAsync(row.Spec, CancellationToken.None);
            Thawed(id);
            _foundFrozen.TryRemove(id, out _);
            if (isNew && row.Request.SnapshotId is not null)
                await SandboxIdentity.RenewAsync(engine.Door(id), row.Spec.Hostname, CancellationToken.None);
            var running = row with { State = SandboxState.Running, Reason = null, Started = started, ExpiresAt = SandboxRequests.ExpiresAt(row.Request, time) };
            await SetAsync(running, isNew ? "sandbox.running" : "sandbox.resumed", CancellationToken.None);
            Started?.Invoke(running);
            return running;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogNotStarted(exception, id);
            var reason = exception is EngineException engineException ? $"{exception.Message} {engineException.Remedy}" : "The host failed while it made the machine; its log says how.";
            var broken = row with { State = SandboxState.Error, Reason = reason };
            await SetAsync(broken, "sandbox.error", CancellationToken.None);
            // Not made to its end, and so nobody's: it must not run on unseen, for a fork with the identity of its source.
            if (row.Started is null)
                await GuardAsync(id, () => engine.StopAsync(id, TimeSpan.Zero));
            return broken;
        }
    }

    /// <summary>Has the template of one that was not made yet built.</summary>
    private async Task HaveTemplateAsync(string id)
    {
        if (await store.FindAsync(id, CancellationToken.None) is { Started: null, Request.SnapshotId: null, State: not SandboxState.Destroyed } row)
            await templates.EnsureAsync(row.Workspace, row.TemplateId);
    }

    /// <summary>
    /// Makes no row of what the disk has no room for. One of that name is there whatever the disk holds, and what else
    /// is wrong with the machine its row tells.
    /// </summary>
    private async Task RequireRoomAsync(SandboxRow row, CancellationToken cancellationToken)
    {
        if ((await store.ListAsync(row.Workspace, new SandboxFilter { Name = row.Name, Limit = 1 }, cancellationToken)).Count > 0)
            return;
        try
        {
            await engine.OpenAsync(cancellationToken);
            await engine.RequireRoomAsync(cancellationToken);
        }
        catch (EngineException exception) when (!exception.IsDiskFull)
        {
            LogNotStarted(exception, row.Id);
        }
    }

    /// <summary>Has its files: of its template, or for a fork those of its snapshot.</summary>
    private async Task MakeAsync(SandboxRow row, bool isNew)
    {
        if (row.Request.SnapshotId is not null)
            await MakeForkAsync(row, isNew);
        else if (isNew)
            await MakeFromTemplateAsync(row);
    }

    /// <summary>Its template is needed for this once: later it may be another one, or gone.</summary>
    private async Task MakeFromTemplateAsync(SandboxRow row)
    {
        var key = await templates.EnsureAsync(row.Workspace, row.TemplateId);
        await engine.CreateAsync(row.Spec with { Template = key }, CancellationToken.None);
        if (MadeFrom is not { } told)
            return;
        var spec = (await templates.GetAsync(row.Workspace, row.TemplateId, CancellationToken.None)).Spec;
        foreach (var give in told.GetInvocationList().Cast<Func<SandboxRow, TemplateSpec, Task>>())
            await give(row, spec);
    }

    /// <summary>Stops it, whether it runs or is frozen; with <paramref name="idle"/> only if it is still unused for so long.</summary>
    private async Task PauseAsync(string id, string reason, CancellationToken cancellationToken, TimeSpan? idle = null)
    {
        using var gate = await EnterGateAsync(id, cancellationToken);
        if (await store.FindAsync(id, cancellationToken) is not { State: SandboxState.Running or SandboxState.Paused } row || !(row.State is SandboxState.Running || engine.IsRunning(id)))
            return;
        if (idle is { } least && activity.QuietFor(id) < least)
            return;
        // Said before it is done: who comes meanwhile waits for the end and starts it, instead of talking to one that ends.
        row = row with { State = SandboxState.Paused, Reason = reason };
        await store.UpdateAsync(row, cancellationToken);
        Changed?.Invoke(row);
        await engine.StopAsync(id, options.Value.StopGrace);
        Thawed(id);
        Ended?.Invoke(row);
        await AppendAsync("sandbox.paused", row, CancellationToken.None);
    }

    private async Task<SandboxRow> DestroyAsync(string id, string reason, CancellationToken cancellationToken)
    {
        using var gate = await EnterGateAsync(id, cancellationToken);
        var row = (await store.FindAsync(id, cancellationToken))!;
        if (row.State is SandboxState.Destroyed)
            return row;
        // First its processes end, then its user ids are free for another, then its files go: a host that ends in
        // between leaves files of a sandbox known to be destroyed, which the next one clears away.
        await engine.StopAsync(id, TimeSpan.Zero);
        Thawed(id);
        // What it was given in confidence ends with it; the names stay, for whoever forks what it had.
        var destroyed = row with
        {
            State = SandboxState.Destroyed,
            Reason = reason,
            Restoring = null,
            Request = row.Request with { Env = row.Request.Env.Keys.ToDictionary(name => name, _ => "", StringComparer.Ordinal) },
        };
        await SetAsync(destroyed, "sandbox.destroyed", CancellationToken.None);
        await engine.DestroyAsync(id, CancellationToken.None);
        activity.Forget(id);
        _told.TryRemove(id, out _);
        _foundFrozen.TryRemove(id, out _);
        return destroyed;
    }

    /// <summary>The row as the machine bears it out.</summary>
    private SandboxRow AsItIs(SandboxRow row) => row.State switch
    {
        SandboxState.Running when !engine.IsRunning(row.Id) => row with { State = SandboxState.Paused, Sleep = SandboxSleep.Stopped },
        SandboxState.Paused => row with { Sleep = engine.IsFrozen(row.Id) ? SandboxSleep.Frozen : SandboxSleep.Stopped },
        _ => row,
    };

    private async Task SetAsync(SandboxRow row, string type, CancellationToken cancellationToken)
    {
        await store.UpdateAsync(row, cancellationToken);
        Changed?.Invoke(row);
        await AppendAsync(type, row, cancellationToken);
        if (row.State is SandboxState.Destroyed || (row.State is SandboxState.Paused && !engine.IsRunning(row.Id)))
            Ended?.Invoke(row);
    }

    private Task AppendAsync(string type, SandboxRow row, CancellationToken cancellationToken) =>
        journal.AppendAsync(
            new JournalEvent(type)
            {
                Workspace = row.Workspace,
                Device = row.Id,
                Principal = row.Principal,
                Data = new { sandbox_id = row.Id, name = row.Name, state = row.State.ToString().ToLowerInvariant(), sleep = AsItIs(row).Sleep?.ToString().ToLowerInvariant(), reason = row.Reason },
            },
            cancellationToken);

    private async Task<IDisposable> EnterGateAsync(string id, CancellationToken cancellationToken)
    {
        var gate = _gates.GetOrAdd(id, _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancellationToken);
        return new Gate(gate);
    }

    [LoggerMessage(LogLevel.Warning, "Sandbox {Id} did not start")]
    private partial void LogNotStarted(Exception exception, string id);

    [LoggerMessage(LogLevel.Error, "Sandbox {Id} could not be looked after; the next round tries again")]
    private partial void LogNotTended(Exception exception, string id);

    private sealed class Gate(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }
}
