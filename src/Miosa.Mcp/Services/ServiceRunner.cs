using Miosa.Devices;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Processes;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Services;

/// <summary>
/// Stays with one service while its sandbox runs: starts its process or takes up the one that runs, looks after its
/// health, and starts it again when it ends. It never wakes a sandbox: while that is frozen, it waits.
/// </summary>
internal sealed class ServiceRunner(
    string id, SandboxRow sandbox, ServiceStore store, SandboxService sandboxes, ProcessService processes, LocalEngine engine, HealthProbe probe, Journal journal, TimeProvider time) : IDisposable
{
    private const int Terminate = 15;
    private const int Kill = 9;
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StartGrace = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AliveAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(2);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _shortLives;
    private int _lost;

    /// <summary>Somebody asked for it to run while it was about to leave.</summary>
    public bool IsAskedAgain { get; set; }

    public Task Left => _left.Task;

    public bool IsStopping => _stop.IsCancellationRequested;

    /// <summary>Ends its process, first by asking; <see cref="Left"/> tells when that is done.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>Its sandbox began anew, or somebody asked for it: what happened in the life before may be no reason to wait any more.</summary>
    public void Hurry() => Volatile.Read(ref _hurry).TrySetResult();

    public void Leave() => _left.TrySetResult();

    public void Dispose() => _stop.Dispose();

    /// <summary>Runs until the service is not to run any more, or its sandbox does not. When the host stops, the process goes on.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, _stop.Token);
        try
        {
            while (await store.FindAsync(id, stoppingToken) is { } row)
            {
                if (!row.IsWanted)
                {
                    // A host that was killed had begun to stop it. One that ended by itself is told as it ended.
                    if (row.State is not (ServiceState.Stopped or ServiceState.Error))
                        await EndAsync(stoppingToken);
                    return;
                }
                if (!engine.IsRunning(sandbox.Id))
                {
                    await SetAsync(row with { State = ServiceState.Stopped, Health = null, Reason = "Its sandbox is stopped; it starts with it." }, stoppingToken);
                    return;
                }
                await sandboxes.AwakeAsync(sandbox.Id, both.Token);
                if (!await LiveAsync(row, both.Token))
                    return;
            }
        }
        catch (OperationCanceledException) when (IsStopping && !stoppingToken.IsCancellationRequested)
        {
            await EndAsync(stoppingToken);
        }
    }

    /// <summary>Waits after a failure of the host, until it is to stop at the latest.</summary>
    public async Task PauseAsync(TimeSpan longest, CancellationToken stoppingToken)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, _stop.Token);
        await Task.Delay(longest, time, both.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>One life of its process, and the wait for the next; false when there is none.</summary>
    private async Task<bool> LiveAsync(ServiceRow row, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var run = engine.RunOf(sandbox.Id);
        string? failure = null;
        if (row.ProcessId is not { } running || !await processes.IsRunningAsync(running, cancellationToken))
            (row, failure) = await StartAsync(row, cancellationToken);
        var life = failure is null ? await FollowAsync(row, cancellationToken) : null;
        var ended = life?.End;
        row = await store.FindAsync(id, cancellationToken) ?? row;

        // Its sandbox ended, or a host that was killed never came to start it: neither is its fault.
        if (failure is null && ended is null or { Status: ProcessStatus.Gone })
        {
            // One that was stopped and woken within the second has not lost anything.
            _lost = time.GetElapsedTime(started) < AliveAfter && engine.RunOf(sandbox.Id) == run ? _lost + 1 : 0;
            if (_lost > 1)
                await PauseAsync(AliveAfter, run, cancellationToken);
            return true;
        }
        // What had to be ended may have ended well, and had been of no use for longer than it lived.
        var isClean = ended is { ExitCode: 0 } && life?.Illness is null;
        var words = failure ?? life?.Illness ?? RestartDecision.Words(ended);
        var ran = life is { Illness: not null } ? life.Well : time.GetElapsedTime(started);
        var decision = RestartDecision.Of(row.Spec.RestartPolicy, isClean, ran, _shortLives, Random.Shared.NextDouble());
        await AppendAsync("service.exited", row, new { service = row.Name, process_id = row.ProcessId, exit_code = ended?.ExitCode, signal = ended?.Signal, reason = words, restarts = decision is RestartDecision.Restart });
        switch (decision)
        {
            case RestartDecision.Restart restart:
                await WaitAsync(row, words, restart, run, cancellationToken);
                return true;
            case RestartDecision.Done:
                await store.UnwantAsync(id, cancellationToken);
                await SetAsync(row with { State = ServiceState.Stopped, Health = null, Reason = $"{words}." }, cancellationToken);
                return false;
            default:
                await store.UnwantAsync(id, cancellationToken);
                await SetAsync(row with { State = ServiceState.Error, Health = null, Reason = $"{words}, and its restart policy is `{Service.Word(row.Spec.RestartPolicy)}`." }, cancellationToken);
                await AppendAsync("service.failed", row, new { service = row.Name, reason = words });
                return false;
        }
    }

    private async Task WaitAsync(ServiceRow row, string words, RestartDecision.Restart restart, string? run, CancellationToken cancellationToken)
    {
        _shortLives = restart.ShortLives;
        var next = $"{words}; it is started again after {restart.After.TotalSeconds:0.#} s";
        var waiting = row with
        {
            State = restart.IsCrashLoop ? ServiceState.Error : ServiceState.Starting,
            Health = null,
            Reason = restart.IsCrashLoop ? $"Crash loop: {next} ({restart.ShortLives} short lives in a row)." : $"{next}.",
            Restarts = row.Restarts + 1,
        };
        await SetAsync(waiting, cancellationToken);
        // Once, when it becomes one.
        if (restart.ShortLives is RestartDecision.CrashLoopAfter)
            await AppendAsync("service.failed", row, new { service = row.Name, reason = waiting.Reason });
        await PauseAsync(restart.After, run, cancellationToken);
    }

    /// <summary>Waits before the next life, unless its sandbox was stopped, which ended it, and begins anew.</summary>
    private async Task PauseAsync(TimeSpan longest, string? run, CancellationToken cancellationToken)
    {
        var hurry = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _hurry, hurry);
        // It may have begun anew before that was known here.
        if (engine.RunOf(sandbox.Id) == run)
            await Task.WhenAny(Task.Delay(longest, time, cancellationToken), hurry.Task);
        cancellationToken.ThrowIfCancellationRequested();
        if (engine.RunOf(sandbox.Id) != run)
            _shortLives = _lost = 0;
    }

    /// <summary>Starts its process under an id that is stored before.</summary>
    private async Task<(ServiceRow Row, string? Failure)> StartAsync(ServiceRow row, CancellationToken cancellationToken)
    {
        var process = new ProcessRow
        {
            Id = Ids.New("proc", time),
            SandboxId = row.SandboxId,
            Workspace = row.Workspace,
            Principal = row.Principal,
            Title = $"{row.Name}: {row.Spec.Command}",
            StartedAt = time.GetUtcNow(),
            Status = ProcessStatus.Running,
        };
        row = row with { State = ServiceState.Starting, Health = null, Reason = null, ProcessId = process.Id, StartedAt = process.StartedAt };
        await SetAsync(row, cancellationToken);
        try
        {
            // Not to be given up halfway: then nobody would know whether it runs.
            await processes.StartAsync(sandbox, process, Request(row.Spec), CancellationToken.None);
            await AppendAsync("service.started", row, new { service = row.Name, process_id = process.Id, port = row.Spec.Port });
            return (row, null);
        }
        catch (ToolFailureException failure)
        {
            return (row, failure.Message);
        }
        catch (Exception exception) when (DoorFailures.IsBroken(exception))
        {
            // Whether it runs is asked next; the sandbox may just have been frozen or have ended.
            return (row, null);
        }
    }

    /// <summary>Its process until it ended, by itself or for its health, which is told meanwhile.</summary>
    private async Task<Life> FollowAsync(ServiceRow row, CancellationToken cancellationToken)
    {
        var ended = processes.EndOfAsync(row.ProcessId!, cancellationToken);
        if (row.Spec.Port is null)
        {
            if (row.State is not ServiceState.Running && !await EndedWithinAsync(ended, AliveAfter, cancellationToken))
                await BecomeAsync(row with { State = ServiceState.Running }, "service.ready", null, cancellationToken);
            return new(await ended);
        }
        var health = new HealthRecord(StartGrace);
        var started = time.GetTimestamp();
        var look = FirstLook;
        while (!await EndedWithinAsync(ended, look, cancellationToken))
        {
            await Task.WhenAny(ended, sandboxes.AwakeAsync(sandbox.Id, cancellationToken));
            var problem = await probe.AskAsync(sandbox.Id, row.Spec, cancellationToken);
            // What stands still, or has just ended, is not ill.
            if (problem is not null && (ended.IsCompleted || !sandboxes.IsAwake(sandbox.Id)))
                continue;
            if (health.Note(problem is null, time.GetElapsedTime(started)))
            {
                row = row with { State = health.State is ServiceHealth.Healthy ? ServiceState.Running : row.State, Health = health.State, Reason = problem };
                await BecomeAsync(row, health.State is ServiceHealth.Healthy ? "service.ready" : "service.unhealthy", problem, cancellationToken);
            }
            if (row.Spec.RestartPolicy is not RestartPolicy.Never && health.IsHopeless(time.GetElapsedTime(started)))
            {
                await EndProcessAsync(row.ProcessId!, ended, cancellationToken);
                return new(ended.IsCompleted ? await ended : null, $"It did not answer for too long ({problem}) and was ended", health.Well);
            }
            var longest = health.State is null ? LongestLook : TimeSpan.FromSeconds(row.Spec.HealthIntervalSeconds);
            look = health.State is ServiceHealth.Healthy || look * 2 > longest ? longest : look * 2;
        }
        return new(await ended);
    }

    private async Task<bool> EndedWithinAsync(Task ended, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(ended, Task.Delay(limit, time, over.Token));
        await over.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return ended.IsCompleted;
    }

    /// <summary>Asked to stop: ends the process and all that it started.</summary>
    private async Task EndAsync(CancellationToken stoppingToken)
    {
        if (await store.FindAsync(id, stoppingToken) is not { } row)
            return;
        if (row.ProcessId is { } process && await processes.IsRunningAsync(process, stoppingToken) && engine.IsRunning(sandbox.Id))
        {
            await SetAsync(row with { State = ServiceState.Stopping, Health = null, Reason = null }, stoppingToken);
            var ended = processes.EndOfAsync(process, stoppingToken);
            await EndProcessAsync(process, ended, stoppingToken);
        }
        await BecomeAsync(row with { State = ServiceState.Stopped, Health = null, Reason = "Asked for." }, "service.stopped", null, stoppingToken);
    }

    /// <summary>Ends a process and all that it started, first by asking.</summary>
    private async Task EndProcessAsync(string process, Task ended, CancellationToken cancellationToken)
    {
        await SignalAsync(process, Terminate, tree: false, cancellationToken);
        await EndedWithinAsync(ended, StopGrace, cancellationToken);
        // Also what it left behind, which holds its port.
        await SignalAsync(process, Kill, tree: true, cancellationToken);
        await EndedWithinAsync(ended, StopGrace, cancellationToken);
    }

    private async Task SignalAsync(string process, int signal, bool tree, CancellationToken cancellationToken)
    {
        try
        {
            await engine.Door(sandbox.Id).SignalAsync(process, signal, tree, cancellationToken);
        }
        catch (Exception exception) when (DoorFailures.IsBroken(exception))
        {
            // It has ended, or its sandbox has.
        }
    }

    private static ExecRequest Request(ServiceSpec spec) => new()
    {
        Arguments = ["/bin/bash", "-c", spec.Command],
        Title = spec.Command,
        WorkingDirectory = spec.Cwd,
        Env = spec.Port is { } port && !spec.Env.ContainsKey("PORT")
            ? new Dictionary<string, string>(spec.Env) { ["PORT"] = port.ToString(System.Globalization.CultureInfo.InvariantCulture) }
            : spec.Env,
        User = spec.User,
        Wait = TimeSpan.Zero,
    };

    private Task SetAsync(ServiceRow row, CancellationToken cancellationToken) => store.UpdateAsync(row, cancellationToken);

    private async Task BecomeAsync(ServiceRow row, string type, string? reason, CancellationToken cancellationToken)
    {
        await SetAsync(row, cancellationToken);
        await AppendAsync(type, row, new { service = row.Name, state = row.State.ToString().ToLowerInvariant(), port = row.Spec.Port, reason });
    }

    private Task AppendAsync(string type, ServiceRow row, object data) =>
        journal.AppendAsync(new JournalEvent(type) { Workspace = row.Workspace, Device = row.SandboxId, Principal = row.Principal, Data = data }, CancellationToken.None);

    /// <summary>How one process of the service lived.</summary>
    /// <param name="End">How it ended; null where its sandbox did.</param>
    /// <param name="Illness">Why it had to be ended; null where it ended by itself.</param>
    /// <param name="Well">For how long it answered, where it had to be ended.</param>
    private sealed record Life(ProcessRow? End, string? Illness = null, TimeSpan Well = default);
}
