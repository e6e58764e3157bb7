using Miosa.Devices.Doors;
using Miosa.Mcp.Events;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Processes;

/// <summary>
/// Stays with one process from its start, or from where the journal left it, to its end: keeps the tail of its output
/// for the answer and puts output and end into the journal. It lives as long as the host, whoever asked for the
/// process; after a restart the next host follows on.
/// </summary>
internal sealed class ProcessFollower(ProcessRow row, SandboxService sandboxes, ProcessStore store, Journal journal, TimeProvider time)
{
    private const int TailBytes = 32 * 1024;
    private const int PageBytes = 256 * 1024;
    private const int MostSilences = 3;
    private readonly TaskCompletionSource<ProcessState?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly OutputTail _out = new(TailBytes);
    private readonly OutputTail _err = new(TailBytes);
    private readonly OutputJournal _output = new(row, journal, time);
    private readonly OutputPace _pace = new(time);
    private long _cursor = row.JournaledCursor;

    /// <summary>Told of output as it comes, on the thread that reads it.</summary>
    public event Action<OutputChunk>? Printed;

    /// <summary>Its end as the sandbox tells it; null where the sandbox's machine ended under it.</summary>
    public Task<ProcessState?> Ended => _ended.Task;

    /// <summary>Completes when it follows no more, for whatever reason.</summary>
    public Task Left => _left.Task;

    public void Leave() => _left.TrySetResult();

    public ProcessTail Tail()
    {
        lock (_lock)
            return new(_out.ToArray(), _err.ToArray(), _out.Total, _err.Total, _cursor);
    }

    /// <summary>Follows a process just started, on the connection that started it.</summary>
    public async Task FollowAsync(Door door, DoorProcess process, CancellationToken cancellationToken)
    {
        try
        {
            await using (process)
            {
                await foreach (var chunk in process.ReadOutputAsync(cancellationToken))
                    await TakeAsync(chunk, process.Cursor, cancellationToken);
                await EndAsync(process.Ended, cancellationToken);
            }
        }
        catch (Exception exception) when (DoorFailures.IsBroken(exception))
        {
            // The connection broke, not necessarily the process: the spool knows.
            await FollowAsync(door, cancellationToken);
        }
    }

    /// <summary>Follows a process by what its sandbox has kept of it.</summary>
    public async Task FollowAsync(Door door, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var page = await ReadAsync(door, cancellationToken);
                foreach (var chunk in page.Chunks)
                    await TakeAsync(chunk, page.Next, cancellationToken);
                if (page.Chunks.Count is 0 && !page.State.IsRunning)
                {
                    await EndAsync(page.State.Status is Miosa.Devices.Doors.ProcessStatus.Lost ? null : page.State, cancellationToken);
                    return;
                }
            }
        }
        catch (Exception exception) when (DoorFailures.IsBroken(exception))
        {
            await EndAsync(null, cancellationToken);
        }
    }

    /// <summary>The next page. A sandbox that is frozen meanwhile is silent and has not ended.</summary>
    private async Task<OutputPage> ReadAsync(Door door, CancellationToken cancellationToken)
    {
        for (var silences = 1; ; silences++)
        {
            await sandboxes.AwakeAsync(row.SandboxId, cancellationToken);
            try
            {
                return await door.TailAsync(row.Id, _cursor, PageBytes, Door.LongestWait, cancellationToken: cancellationToken);
            }
            catch (TimeoutException) when (silences < MostSilences)
            {
                // Our clock went on while the sandbox's stood still: asked again.
            }
        }
    }

    private async Task TakeAsync(OutputChunk chunk, long next, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            (chunk.Source is OutputSource.Error ? _err : _out).Append(chunk.Bytes.Span);
            _cursor = next;
        }
        Printed?.Invoke(chunk);
        await _output.AddAsync(chunk, next, cancellationToken);
        if (_pace.After(chunk.Bytes.Length) is { Ticks: > 0 } wait)
            await Task.Delay(wait, time, cancellationToken);
    }

    private async Task EndAsync(ProcessState? state, CancellationToken cancellationToken)
    {
        await _output.FlushAsync(cancellationToken);
        var ended = ProcessOutcome.Of(row, state, time) with { JournaledCursor = _cursor };
        await store.UpdateAsync(ended, cancellationToken);
        await journal.AppendAsync(
            new JournalEvent("sandbox.exec.completed")
            {
                Workspace = row.Workspace,
                Device = row.SandboxId,
                Principal = row.Principal,
                CallId = row.CallId,
                Data = new
                {
                    exec_id = row.Id,
                    status = ended.Status,
                    exit_code = ended.ExitCode,
                    signal = ended.Signal,
                    duration_ms = (long)(ended.EndedAt!.Value - row.StartedAt).TotalMilliseconds,
                },
            },
            cancellationToken);
        _ended.TrySetResult(state);
    }
}

/// <summary>The ends of both streams, how long they were, and where a reader goes on.</summary>
internal sealed record ProcessTail(byte[] Out, byte[] Err, long OutTotal, long ErrTotal, long Cursor);
