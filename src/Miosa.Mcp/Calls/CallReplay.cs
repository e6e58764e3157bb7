using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Miosa.Mcp.Storage;
using ModelContextProtocol.Protocol;

namespace Miosa.Mcp.Calls;

/// <summary>Makes sure that a mutation with a key happens once, however often and from however many sides it is asked for.</summary>
internal sealed partial class CallReplay(CallStore store, TimeProvider time, ILogger<CallReplay> logger)
{
    /// <summary>Clients give up at a minute; who waits for another's call is told before that.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(50);
    private readonly ConcurrentDictionary<(string Principal, string Workspace, string Key), Running> _running = new();

    /// <summary>The answer of the first call with this key: of an earlier one, of one under way, or of this one.</summary>
    /// <param name="run">Does it; called at most once for a key.</param>
    public async Task<CallToolResult> OnceAsync(Call call, Func<Task<CallToolResult>> run, CancellationToken cancellationToken)
    {
        var key = (call.Caller.Principal, call.Caller.WorkspaceName, call.IdempotencyKey!);
        var mine = new Running(call.Hash, call.Tool);
        var running = _running.GetOrAdd(key, mine);
        if (running != mine)
        {
            if (running.Hash != call.Hash)
                throw Taken(call, running.Tool);
            return await WaitAsync(running, cancellationToken);
        }
        try
        {
            var result = await ClaimAndRunAsync(call, run);
            mine.Answer.SetResult(result);
            return result;
        }
        catch (Exception exception)
        {
            mine.Answer.SetException(exception);
            // Whoever waits sees it; where nobody does it is no unobserved exception.
            _ = mine.Answer.Task.Exception;
            throw;
        }
        finally
        {
            _running.TryRemove(key, out _);
        }
    }

    private async Task<CallToolResult> ClaimAndRunAsync(Call call, Func<Task<CallToolResult>> run)
    {
        switch (await store.ClaimAsync(call, CancellationToken.None))
        {
            case Claim.Answered(var result):
                return result;
            case Claim.Taken(var tool):
                throw Taken(call, tool);
            case Claim.Unfinished(var callId, var since) when !call.Capability.Idempotent:
                throw new ToolFailureException(
                    ToolErrorCode.OutcomeUnknown, $"A call with this idempotency_key was begun at {since} and the host ended before it did; whether it took effect is not known.",
                    $"Look at the state it would have changed, or at the events of call {callId} (event_list). To do it again, send a new idempotency_key.");
        }
        CallToolResult answer;
        try
        {
            answer = await run();
        }
        catch (ToolFailureException failure) when (ToolErrors.HadNoEffect(failure.Code))
        {
            // A refusal: the same key may try again. After any other failure nobody knows, and the key stays taken.
            await store.ReleaseAsync(call);
            throw;
        }
        try
        {
            await store.AnswerAsync(call, answer);
        }
        catch (StorageException exception)
        {
            // It was done, and this caller is told so; a repetition will hear that the outcome is not known.
            LogNotKept(exception, call.Tool, call.Id);
        }
        return answer;
    }

    private async Task<CallToolResult> WaitAsync(Running running, CancellationToken cancellationToken)
    {
        try
        {
            return await running.Answer.Task.WaitAsync(LongestWait, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new ToolFailureException(ToolErrorCode.Timeout, "The first call with this idempotency_key is still under way.", "Call again with the same key to wait for its answer.");
        }
    }

    private static ToolFailureException Taken(Call call, string tool) => new(
        ToolErrorCode.IdempotencyConflict, $"The idempotency_key `{call.IdempotencyKey}` was used before for {(tool == call.Tool ? "other arguments" : tool)}.",
        "Send a new key for a new call; repeat a key only with the same tool and arguments.");

    [LoggerMessage(LogLevel.Error, "The answer of {Tool} {CallId} could not be kept for its key")]
    private partial void LogNotKept(Exception exception, string tool, string callId);

    /// <summary>A call under way and those that wait for its answer.</summary>
    private sealed record Running(string Hash, string Tool)
    {
        public TaskCompletionSource<CallToolResult> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
