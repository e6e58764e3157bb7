using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Miosa.Devices;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;

namespace Miosa.Mcp.Sandboxes;

/// <summary>
/// How sandboxes go to sleep and wake. Whoever uses one notes that first and then looks whether it is frozen; whoever
/// freezes one does that first and then looks whether somebody came. So one of the two always sees the other, and no
/// call talks to a sandbox that stands still.
/// </summary>
internal sealed partial class SandboxService
{
    /// <summary>How long calls in progress have to end when a sandbox is to be frozen at once.</summary>
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _frozen = new(StringComparer.Ordinal);

    /// <summary>Found frozen when the host started: nobody was told yet that they run.</summary>
    private readonly ConcurrentDictionary<string, bool> _foundFrozen = new(StringComparer.Ordinal);

    /// <summary>What was told of the sleep to come, and the last use it was told after.</summary>
    private readonly ConcurrentDictionary<string, (SandboxSleep Sleep, long LastUse)> _told = new(StringComparer.Ordinal);

    /// <summary>A use of the sandbox that lasts until the answer is disposed. It is awake, and stays so meanwhile.</summary>
    public async ValueTask<IDisposable> UseAsync(SandboxRow row, CancellationToken cancellationToken)
    {
        var use = activity.Use(row.Id);
        try
        {
            await WakeAsync(row, cancellationToken);
            return use;
        }
        catch
        {
            use.Dispose();
            throw;
        }
    }

    /// <summary>Completes when the sandbox is not frozen: awake, stopped or gone. For those who stay connected and need no answer.</summary>
    public Task AwakeAsync(string id, CancellationToken cancellationToken) =>
        _frozen.TryGetValue(id, out var frozen) ? frozen.Task.WaitAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>Whether it runs and answers now.</summary>
    public bool IsAwake(string id) => engine.IsRunning(id) && !engine.IsFrozen(id);

    /// <summary>Puts the sandbox to sleep because somebody asks for it.</summary>
    public async Task<SandboxRow> PauseAsync(Caller caller, string id, SandboxSleep sleep, CancellationToken cancellationToken)
    {
        var row = await GetAsync(caller, id, cancellationToken);
        switch (row.State)
        {
            case SandboxState.Destroyed:
                throw SandboxFailures.Destroyed(row);
            case SandboxState.Error:
                throw SandboxFailures.Broken(row);
            case SandboxState.Provisioning:
                throw SandboxFailures.NotReady(row, await templates.DoingAsync(row.Workspace, row.TemplateId, cancellationToken) ?? "its machine is being made");
            case SandboxState.Running when sleep is SandboxSleep.Frozen && !engine.CanFreeze(id):
                throw SandboxFailures.CannotFreeze(row);
        }
        var reason = $"Asked for by {caller.Principal}; the next call wakes it.";
        // Not tied to this call: a client that goes away does not leave it half asleep.
        var work = Task.Run(() => sleep is SandboxSleep.Stopped ? PauseAsync(id, reason, CancellationToken.None) : FreezeAsync(id, reason, null), CancellationToken.None);
        await work.WaitAsync(options.Value.LongestWait, time, cancellationToken);
        return await GetAsync(caller, id, cancellationToken);
    }

    /// <summary>Starts its idle time anew and moves its end, where it has one, by <paramref name="by"/>. It is not woken.</summary>
    public async Task<SandboxRow> ExtendAsync(Caller caller, string id, TimeSpan by, CancellationToken cancellationToken)
    {
        var row = await GetAsync(caller, id, cancellationToken);
        if (row.State is SandboxState.Destroyed)
            throw SandboxFailures.Destroyed(row);
        activity.Touch(id);
        if (by == TimeSpan.Zero)
            return row;
        if (row.ExpiresAt is null)
            throw new ToolFailureException(ToolErrorCode.Conflict, $"Sandbox `{id}` has no end to move: it was made without `timeout_sec`.", "Call without `seconds` to start its idle time anew.");
        using var late = new CancellationTokenSource(options.Value.LongestWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        using (await EnterGateAsync(id, either.Token))
        {
            row = (await store.FindAsync(id, cancellationToken))!;
            if (row is { ExpiresAt: { } expires } and not { State: SandboxState.Destroyed })
            {
                var now = time.GetUtcNow();
                row = row with { ExpiresAt = SandboxRequests.Soonest((expires < now ? now : expires) + by, now) };
                await SetAsync(row, "sandbox.extended", cancellationToken);
            }
        }
        return AsItIs(row);
    }

    /// <summary>One round over all sandboxes: tells those that are about to sleep, and puts to sleep those that are due.</summary>
    public async Task SleepIdleAsync(CancellationToken cancellationToken)
    {
        foreach (var row in await store.LivingAsync(cancellationToken))
        {
            var isFrozen = row.State is SandboxState.Paused && engine.IsFrozen(row.Id);
            if (row.State is not SandboxState.Running && !isFrozen)
                continue;
            try
            {
                await SleepIdleAsync(row, isFrozen, cancellationToken);
            }
            catch (EngineException exception)
            {
                // Another use of it starts the notice anew; a machine that cannot freeze it now may do so then.
                activity.Touch(row.Id);
                LogNotAsleep(row.Id, exception.Message);
            }
        }
    }

    private async Task SleepIdleAsync(SandboxRow row, bool isFrozen, CancellationToken cancellationToken)
    {
        var policy = SleepPolicy.Of(options.Value, row.Request.SleepAfterSeconds);
        // What lasts through a freeze that was asked for stands still itself and keeps nothing awake.
        var idle = isFrozen ? activity.QuietFor(row.Id) : activity.IdleFor(row.Id);
        var lastUse = activity.LastUse(row.Id);
        if (policy.Next(isFrozen, canFreeze: true) is not { } step || policy.Due(step, idle, isTold: false) is SleepDue.Nothing)
            return;
        // Asked of the machine only now: that costs more than all the rest of a round, and most sandboxes are not due.
        if (step.Sleep is SandboxSleep.Frozen && !engine.CanFreeze(row.Id))
        {
            if (policy.Next(isFrozen, canFreeze: false) is not { } other)
                return;
            step = other;
        }
        switch (policy.Due(step, idle, isTold: _told.TryGetValue(row.Id, out var told) && told == (step.Sleep, lastUse)))
        {
            case SleepDue.Tell:
                _told[row.Id] = (step.Sleep, lastUse);
                await TellAsync(row, step, idle, cancellationToken);
                break;
            case SleepDue.Act when step.Sleep is SandboxSleep.Frozen:
                await FreezeAsync(row.Id, $"Nobody used it for {Words(step.After)}; the next call goes on where it was.", step.After);
                break;
            case SleepDue.Act:
                await PauseAsync(row.Id, $"Nobody used it for {Words(step.After)}; its files are kept and the next call starts it.", cancellationToken, step.After);
                break;
        }
    }

    private Task TellAsync(SandboxRow row, SleepStep step, TimeSpan idle, CancellationToken cancellationToken) =>
        journal.AppendAsync(
            new JournalEvent("sandbox.idle")
            {
                Workspace = row.Workspace,
                Device = row.Id,
                Principal = row.Principal,
                Data = new
                {
                    sandbox_id = row.Id,
                    name = row.Name,
                    idle_seconds = (long)idle.TotalSeconds,
                    action = step.Sleep is SandboxSleep.Frozen ? "freeze" : "stop",
                    at = time.GetUtcNow() + (step.After - idle),
                    next_step = "sandbox_extend, or any other call, keeps it awake.",
                },
            },
            cancellationToken);

    /// <summary>Freezes it, unless it is used meanwhile.</summary>
    /// <param name="id">The sandbox.</param>
    /// <param name="reason">Why, for whoever looks at it.</param>
    /// <param name="idle">It must have been unused this long; null freezes it at once, after a moment for calls in progress.</param>
    private async Task FreezeAsync(string id, string reason, TimeSpan? idle)
    {
        using var gate = await EnterGateAsync(id, CancellationToken.None);
        if (await store.FindAsync(id, CancellationToken.None) is not { State: SandboxState.Running } row || !engine.IsRunning(id))
            return;
        var started = time.GetTimestamp();
        while (true)
        {
            while (idle is null && activity.IsUsed(id) && time.GetElapsedTime(started) < LongestDrain)
                await Task.Delay(Look, time);
            var begun = activity.UsesBegun(id);
            _frozen[id] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            try
            {
                await engine.FreezeAsync(id);
            }
            catch
            {
                Thawed(id);
                throw;
            }
            if (idle is { } least ? activity.IdleFor(id) >= least : activity.UsesBegun(id) == begun)
                break;
            engine.Thaw(id);
            Thawed(id);
            if (idle is not null)
                return;
            if (time.GetElapsedTime(started) >= LongestDrain * 2)
                throw SandboxFailures.InUse(row);
        }
        // It may still have been found frozen, or its machine may just have ended; the next look tells.
        await SetAsync(row with { State = SandboxState.Paused, Reason = reason }, "sandbox.paused", CancellationToken.None);
    }

    private async Task<SandboxRow> ThawAsync(SandboxRow row)
    {
        engine.Thaw(row.Id);
        Thawed(row.Id);
        var running = row with { State = SandboxState.Running, Reason = null };
        if (row.State is not SandboxState.Running)
            await SetAsync(running, "sandbox.resumed", CancellationToken.None);
        if (_foundFrozen.TryRemove(row.Id, out _))
            Started?.Invoke(running);
        return running;
    }

    /// <summary>Those who wait for it to be no longer frozen go on.</summary>
    private void Thawed(string id)
    {
        if (_frozen.TryRemove(id, out var frozen))
            frozen.TrySetResult();
    }

    /// <summary>A host before this one froze it: it stays so until somebody needs it.</summary>
    private async Task NoteFrozenAsync(string id, CancellationToken cancellationToken)
    {
        using var gate = await EnterGateAsync(id, cancellationToken);
        if (await store.FindAsync(id, cancellationToken) is not { } row || row.State is SandboxState.Destroyed || !engine.IsFrozen(id))
            return;
        _foundFrozen[id] = true;
        _frozen.TryAdd(id, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        if (row.State is SandboxState.Running)
            await SetAsync(row with { State = SandboxState.Paused, Reason = "The host ended while it froze it; the next call goes on where it was." }, "sandbox.paused", cancellationToken);
    }

    private static string Words(TimeSpan time) => time switch
    {
        { TotalHours: >= 1 } when time.Minutes is 0 && time.Seconds is 0 => $"{time.TotalHours:0} h",
        { TotalMinutes: >= 1 } when time.Seconds is 0 => $"{time.TotalMinutes:0} min",
        _ => $"{time.TotalSeconds:0.#} s",
    };

    [LoggerMessage(LogLevel.Warning, "Sandbox {Id} did not go to sleep: {Reason}")]
    private partial void LogNotAsleep(string id, string reason);
}
