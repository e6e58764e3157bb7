using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Protocol;

namespace Miosa.Mcp.Calls;

/// <summary>Makes sure that a mutation with a key happens once, however often and from however many sides it is asked for.</summary>
internal sealed partial class CallReplay(CallStore store, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<CallReplay> logger)
{
    /// <summary>Clients give up at a minute; who waits for another's call is told before that.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(50);

    private readonly ConcurrentDictionary<(string Principal, string Workspace, string Key), Running> _running = new();

    /// <summary>The answer of the first call with this key: of an earlier one, of one under way, or of this one.</summary>
    /// <param name="run">Does it; called at most once for a key. It goes on without its client, and is cancelled only when the host stops.</param>
    public async Task<CallToolResult> OnceAsync(Call call, Func<CancellationToken, Task<CallToolResult>> run, CancellationToken cancellationToken)
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

    private async Task<CallToolResult> ClaimAndRunAsync(Call call, Func<CancellationToken, Task<CallToolResult>> run)
    {
        switch (await store.ClaimAsync(call, CancellationToken.None))
        {
            case Claim.Answered(var answer):
                return answer;
            case Claim.Taken(var tool):
                throw Taken(call, tool);
            case Claim.Unfinished(var callId, var since) when !call.Capability.Idempotent:
                throw new ToolFailureException(
                    ToolErrorCode.OutcomeUnknown, $"A call with this idempotency_key was begun at {since} and its answer was not kept, because the host or its disk failed; whether it took effect is not known.",
                    $"Look at the state it would have changed, or at the events of call {callId} (event_list). To do it again, send a new idempotency_key.");
        }
        CallToolResult result;
        try
        {
            result = await run(lifetime.ApplicationStopping);
        }
        catch (ToolFailureException failure) when (ToolErrors.HadNoEffect(failure.Code))
        {
            // A refusal: the same key may try again. After any other failure, a stopping host's too, nobody knows whether
            // it had its effect, and the key stays taken.
            await KeepAsync(call, store.ReleaseAsync);
            throw;
        }
        // A refusal had no effect: the same key may try again.
        await KeepAsync(call, result.IsError is true ? store.ReleaseAsync : _ => store.AnswerAsync(call, result));
        return result;
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

    /// <summary>Stores how a call ended. Where that fails its key stays taken: nobody is told that it may be done again.</summary>
    private async Task KeepAsync(Call call, Func<Call, Task> keep)
    {
        try
        {
            await keep(call);
        }
        catch (Exception exception)
        {
            LogNotKept(exception, call.Tool, call.Id);
        }
    }

    private static ToolFailureException Taken(Call call, string tool) => new(
        ToolErrorCode.IdempotencyConflict, $"The idempotency_key `{call.IdempotencyKey}` was used before for {(tool == call.Tool ? "other arguments" : tool)}.",
        "Send a new key for a new call; repeat a key only with the same tool and arguments.");

    [LoggerMessage(LogLevel.Error, "How {Tool} {CallId} ended could not be stored")]
    private partial void LogNotKept(Exception exception, string tool, string callId);

    /// <summary>A call under way and those that wait for its answer.</summary>
    private sealed record Running(string Hash, string Tool)
    {
        public TaskCompletionSource<CallToolResult> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
