using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Miosa.Devices;
using Miosa.Devices.Doors;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Network;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Processes;

/// <summary>The rules of commands: they belong to their sandbox, and neither a client nor the host takes them along.</summary>
internal sealed partial class ProcessService(
    SandboxService sandboxes, NetworkService network, LocalEngine engine, ProcessStore store, Journal journal, IHostApplicationLifetime lifetime, TimeProvider time,
    ILogger<ProcessService> logger)
{
    private const int SigKill = 9;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, ProcessFollower> _followers = new(StringComparer.Ordinal);

    /// <summary>Starts a command and answers when it ended or the caller has waited long enough.</summary>
    public async Task<(ProcessRow Row, ProcessState? State, ProcessTail Tail)> ExecAsync(
        Caller caller, string sandboxId, ExecRequest request, Action<OutputChunk>? printed, CancellationToken cancellationToken)
    {
        var sandbox = await sandboxes.GetAsync(caller, sandboxId, cancellationToken);
        // The wait for the answer is a use; a command that goes on behind it keeps no sandbox awake.
        using var use = await sandboxes.UseAsync(sandbox, cancellationToken);
        var door = engine.Door(sandbox.Id);
        var row = new ProcessRow
        {
            Id = Ids.New("proc", time),
            SandboxId = sandbox.Id,
            Workspace = sandbox.Workspace,
            Principal = caller.Principal,
            Title = request.Title,
            CallId = caller.CallId,
            StartedAt = time.GetUtcNow(),
            Status = ProcessStatus.Running,
        };
        var process = await StartAsync(door, row.Id, sandbox, request, cancellationToken);
        if (request is { KeepInputOpen: true, Input.Length: > 0 })
            await door.InputAsync(row.Id, Encoding.UTF8.GetBytes(request.Input), cancellationToken: cancellationToken);
        // From here on it runs, whatever becomes of this call.
        await store.AddAsync(row, CancellationToken.None);
        var follower = new ProcessFollower(row, sandboxes, store, journal, time);
        if (printed is not null)
            follower.Printed += printed;
        _followers[row.Id] = follower;
        _ = ForgetAsync(row.Id, follower, follower.FollowAsync(door, process, lifetime.ApplicationStopping));
        try
        {
            await follower.Ended.WaitAsync(request.Wait, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // It goes on; the answer is its handle.
        }
        finally
        {
            if (printed is not null)
                follower.Printed -= printed;
        }
        var state = follower.Ended.IsCompletedSuccessfully ? await follower.Ended : null;
        return (follower.Ended.IsCompleted ? ProcessOutcome.Of(row, state, time) : row, state, follower.Tail());
    }

    /// <summary>
    /// Starts a command of the host's own, such as a service, with nobody who waits for its answer. Its row is stored
    /// before it runs, so that a host that is killed in between finds it or finds that it never ran. It keeps no sandbox
    /// awake, and where the connection breaks it may have been started all the same: <see cref="EndOfAsync"/> tells.
    /// </summary>
    public async Task StartAsync(SandboxRow sandbox, ProcessRow row, ExecRequest request, CancellationToken cancellationToken)
    {
        await store.AddAsync(row, cancellationToken);
        var door = engine.Door(sandbox.Id);
        try
        {
            var process = await StartAsync(door, row.Id, sandbox, request, cancellationToken);
            var follower = new ProcessFollower(row, sandboxes, store, journal, time);
            _followers[row.Id] = follower;
            _ = ForgetAsync(row.Id, follower, follower.FollowAsync(door, process, lifetime.ApplicationStopping));
        }
        catch (ToolFailureException)
        {
            await store.UpdateAsync(ProcessOutcome.Of(row, null, time), CancellationToken.None);
            throw;
        }
    }

    /// <summary>Whether it was started and its end is not known.</summary>
    public async Task<bool> IsRunningAsync(string id, CancellationToken cancellationToken) =>
        await store.FindAsync(id, cancellationToken) is { Status: ProcessStatus.Running };

    /// <summary>The process as it ended, once it has; null where there never was one.</summary>
    public async Task<ProcessRow?> EndOfAsync(string id, CancellationToken cancellationToken)
    {
        while (true)
        {
            var row = await store.FindAsync(id, cancellationToken);
            if (row is not { Status: ProcessStatus.Running })
                return row;
            await Follow(row, engine.Door(row.SandboxId), lifetime.ApplicationStopping).Left.WaitAsync(cancellationToken);
            // Followed no more and not ended: the host stops, or could not store it. Asked anew, not all the time.
            if (await store.FindAsync(id, cancellationToken) is { Status: ProcessStatus.Running })
                await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>What the network refused to a command while its caller waited.</summary>
    public IReadOnlyList<string> RefusedSince(ProcessRow row, long timestamp) => network.RefusedSince(row.SandboxId, timestamp);

    public async Task<ProcessRow> GetAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var row = await store.FindAsync(id, cancellationToken);
        return row is not null && row.Workspace == caller.WorkspaceName ? row : throw ProcessFailures.Unknown(id);
    }

    public Task<IReadOnlyList<ProcessRow>> ListAsync(Caller caller, string? sandboxId, string? status, string? before, int limit, CancellationToken cancellationToken) =>
        store.ListAsync(caller.WorkspaceName, sandboxId, status, before, limit, cancellationToken);

    /// <summary>Output from <paramref name="cursor"/> on, waiting for more of it, for <paramref name="text"/> or for the end.</summary>
    public async Task<(ProcessRow Row, OutputPage Page, bool Found)> OutputAsync(
        Caller caller, string id, long cursor, int bytes, TimeSpan wait, string? text, CancellationToken cancellationToken)
    {
        var row = await GetAsync(caller, id, cancellationToken);
        var (_, door) = await sandboxes.EnterAsync(caller, row.SandboxId, cancellationToken);
        var started = time.GetTimestamp();
        List<OutputChunk> chunks = [];
        var at = cursor;
        while (true)
        {
            var left = wait - time.GetElapsedTime(started);
            var page = await door.TailAsync(id, at, bytes, left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken: cancellationToken);
            chunks.AddRange(page.Chunks);
            at = page.Next;
            var found = text is not null && Contains(chunks, text);
            var over = !page.State.IsRunning && page.Chunks.Count is 0;
            if (found || over || text is null || chunks.Sum(chunk => chunk.Bytes.Length) >= bytes || time.GetElapsedTime(started) >= wait)
                return (Outcome(row, page.State), page with { Chunks = chunks }, found);
        }
    }

    public async Task<int> InputAsync(Caller caller, string id, ReadOnlyMemory<byte> bytes, bool close, CancellationToken cancellationToken)
    {
        var door = await EnterRunningAsync(caller, id, cancellationToken);
        return await door.InputAsync(id, bytes, close, cancellationToken);
    }

    public async Task SignalAsync(Caller caller, string id, int signal, bool tree, CancellationToken cancellationToken)
    {
        var door = await EnterRunningAsync(caller, id, cancellationToken);
        await door.SignalAsync(id, signal, tree, cancellationToken);
    }

    public async Task ResizeAsync(Caller caller, string id, TerminalSize size, CancellationToken cancellationToken)
    {
        var door = await EnterRunningAsync(caller, id, cancellationToken);
        await door.ResizeAsync(id, size, cancellationToken);
    }

    /// <summary>Runs a command of ours and gives what it printed, without a record of it.</summary>
    public async Task<QuietOutput> RunQuietlyAsync(Caller caller, string sandboxId, ExecRequest request, int mostBytes, CancellationToken cancellationToken)
    {
        var (sandbox, door) = await sandboxes.EnterAsync(caller, sandboxId, cancellationToken);
        var id = Ids.New("quiet", time);
        await using var process = await StartAsync(door, id, sandbox, request, cancellationToken);
        using var output = new MemoryStream();
        using var errors = new MemoryStream();
        var isCut = false;
        // The hard timeout goes by the sandbox's clock, which stands still while it is frozen; this one does not.
        using var late = new CancellationTokenSource(request.Wait + Door.LongestWait, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        await foreach (var chunk in process.ReadOutputAsync(both.Token))
        {
            var target = chunk.Source is OutputSource.Error ? errors : output;
            var room = (int)Math.Max(0, mostBytes - target.Length);
            isCut |= chunk.Bytes.Length > room;
            target.Write(chunk.Bytes.Span[..Math.Min(room, chunk.Bytes.Length)]);
            if (isCut)
            {
                await door.SignalAsync(id, SigKill, tree: true, cancellationToken);
                break;
            }
        }
        return new QuietOutput(output.ToArray(), errors.ToArray(), process.Ended?.ExitCode, isCut);
    }

    /// <summary>Follows on with what runs in a sandbox that was found alive, and closes the rows of what does not.</summary>
    public async Task AdoptAsync(SandboxRow sandbox, Door door, CancellationToken cancellationToken)
    {
        foreach (var row in await store.RunningAsync(sandbox.Id, cancellationToken))
            Follow(row, door, cancellationToken);
    }

    private ProcessFollower Follow(ProcessRow row, Door door, CancellationToken cancellationToken)
    {
        var follower = new ProcessFollower(row, sandboxes, store, journal, time);
        var present = _followers.GetOrAdd(row.Id, follower);
        if (present == follower)
            _ = ForgetAsync(row.Id, follower, follower.FollowAsync(door, cancellationToken));
        return present;
    }

    private async Task<DoorProcess> StartAsync(Door door, string id, SandboxRow sandbox, ExecRequest request, CancellationToken cancellationToken)
    {
        var way = await network.EnvironmentAsync(sandbox, cancellationToken);
        try
        {
            return await door.StartAsync(
                new ProcessStart
                {
                    Id = id,
                    Arguments = request.Arguments,
                    User = request.User,
                    WorkingDirectory = request.WorkingDirectory,
                    Environment = ProcessEnvironment.Of(sandbox, way, request),
                    Input = request switch
                    {
                        { KeepInputOpen: true } => new ProcessInput.Open(),
                        { Input: { } input } => new ProcessInput.Given(Encoding.UTF8.GetBytes(input)),
                        _ => new ProcessInput.None(),
                    },
                    Terminal = request.Terminal,
                    HardTimeout = request.Timeout,
                },
                cancellationToken);
        }
        catch (DoorException exception)
        {
            throw ProcessFailures.NotStarted(exception, request);
        }
    }

    private async Task<Door> EnterRunningAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var row = await GetAsync(caller, id, cancellationToken);
        if (row.Status is not ProcessStatus.Running)
            throw ProcessFailures.Ended(row);
        return (await sandboxes.EnterAsync(caller, row.SandboxId, cancellationToken)).Door;
    }

    private async Task ForgetAsync(string id, ProcessFollower follower, Task following)
    {
        try
        {
            await following;
        }
        catch (OperationCanceledException)
        {
            // The host stops; the process does not.
        }
        catch (Exception exception)
        {
            LogLost(exception, id);
        }
        finally
        {
            _followers.TryRemove(KeyValuePair.Create(id, follower));
            follower.Leave();
        }
    }

    private ProcessRow Outcome(ProcessRow row, ProcessState state) => state switch
    {
        { IsRunning: true } => row,
        { Status: Miosa.Devices.Doors.ProcessStatus.Lost } => ProcessOutcome.Of(row, null, time),
        _ => ProcessOutcome.Of(row, state, time),
    };

    private static bool Contains(IEnumerable<OutputChunk> chunks, string text) =>
        TerminalText.Clean(chunks.SelectMany(chunk => chunk.Bytes.ToArray()).ToArray()).Contains(text, StringComparison.Ordinal);

    [LoggerMessage(LogLevel.Error, "Following process {Id} failed")]
    private partial void LogLost(Exception exception, string id);
}

/// <summary>What a command of ours printed, up to a bound.</summary>
internal sealed record QuietOutput(byte[] Out, byte[] Err, int? ExitCode, bool IsCut);
