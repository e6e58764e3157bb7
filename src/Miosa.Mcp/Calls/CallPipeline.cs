using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Devices;
using Miosa.Devices.Doors;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Events;
using Miosa.Mcp.Storage;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Calls;

/// <summary>The one way every tool call goes, read from top to bottom. The order is the meaning.</summary>
internal sealed partial class CallPipeline(
    CallGate gate, CallReplay replay, PolicyKeeper policies, CapabilityCatalog catalog, ClientQuestions questions, ApprovalService approvals, CallReceipts receipts,
    IEnumerable<ICheckpoints> checkpoints, Journal journal, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<CallPipeline> logger)
{
    public async ValueTask<CallToolResult> RunAsync(
        RequestContext<CallToolRequestParams> request, McpRequestHandler<CallToolRequestParams, CallToolResult> tool, CancellationToken cancellationToken)
    {
        var id = Ids.New("call", time);
        var caller = Caller.Of(request) with { CallId = id };
        PolicyInForce policy;
        try
        {
            policy = await policies.ForAsync(caller, cancellationToken);
        }
        catch (Exception exception) when (!IsProtocol(exception))
        {
            return Wire.Result(ToolError.From(Refusal(exception, (request.MatchedPrimitive as McpServerTool)?.ProtocolTool.Name ?? "a tool", id, cancellationToken), id), isError: true);
        }
        var call = Identify(request, id, caller, policy);
        var started = time.GetTimestamp();
        var wasAsked = false;
        // How it ended is written down beside what else has to be; the answer waits for all of it.
        List<Task> endings = [];
        try
        {
            call = Validate(call);
            wasAsked = await questions.TakeAnswerAsync(request, call, cancellationToken);
            var result = call.IdempotencyKey is null
                ? await DecideAndRunAsync(call, policy, request, tool, endings, cancellationToken)
                : await replay.OnceAsync(call, stopping => DecideAndRunAsync(call, policy, request, tool, endings, stopping), cancellationToken);
            LogDone(call.Tool, call.Id, time.GetElapsedTime(started).TotalMilliseconds);
            return result;
        }
        catch (Exception exception) when (!IsProtocol(exception))
        {
            var failure = Refusal(exception, call.Tool, call.Id, cancellationToken);
            // Outside of replay: the key is free again, for the call that brings the answer.
            if (!wasAsked && failure is { Code: ToolErrorCode.PendingApproval, Approval: { } approval } && await questions.AskAsync(request, call, approval, cancellationToken) is { } question)
                throw question;
            return Wire.Result(ToolError.From(failure, call.Id), isError: true);
        }
        finally
        {
            await Task.WhenAll(endings);
        }
    }

    /// <summary>Replay comes before approval: who was approved once is not asked again because an answer was lost.</summary>
    private async Task<CallToolResult> DecideAndRunAsync(
        Call asked, PolicyInForce policy, RequestContext<CallToolRequestParams> request, McpRequestHandler<CallToolRequestParams, CallToolResult> tool, List<Task> endings,
        CancellationToken cancellationToken)
    {
        var passage = await gate.EnterAsync(asked, policy, cancellationToken);
        var call = passage.Call;
        await BeginAsync(passage);
        var (started, startedAt) = (time.GetTimestamp(), time.GetUtcNow());
        try
        {
            var result = await RunUndoablyAsync(call, () => tool(Prepared(request, call), cancellationToken), cancellationToken);
            endings.Add(EndAsync(passage, started, startedAt, result.IsError is true ? "failed" : "completed", code: null, result.StructuredContent));
            return passage.IsEdited ? Wire.With(result, "approval", new { approval_id = passage.ApprovalId, edited = true, arguments = call.Arguments }) : result;
        }
        catch (Exception exception)
        {
            var failure = IsProtocol(exception) ? null : Failure(exception, cancellationToken);
            if (failure is null || ToolErrors.HadNoEffect(failure.Code))
                await gate.LeaveUnusedAsync(passage);
            endings.Add(EndAsync(passage, started, startedAt, "failed", failure is null ? null : ToolErrors.Word(failure.Code), result: null));
            throw;
        }
    }

    /// <summary>All of it is durable before anything is done, so that what a host that ends leaves in the middle can be told apart.</summary>
    private async Task BeginAsync(Passage passage)
    {
        var call = passage.Call;
        try
        {
            await Task.WhenAll(
                receipts.BeganAsync(passage),
                RecordAsync("tool.started", call, new
                {
                    tool = call.Tool,
                    capability = call.Capability.Name,
                    version = call.Capability.Version,
                    risk = call.Capability.Risk,
                    call_hash = passage.CallHash,
                    approval_id = passage.ApprovalId,
                    grant_id = passage.GrantId,
                }));
            // Last: an approval of which it is not known that its call was begun had none.
            if (passage.ApprovalId is { } id)
                await approvals.StartedAsync(id);
        }
        catch (Exception exception)
        {
            // Nothing is done, and what of the beginning was written down all the same gets an end that says so.
            await EndAsync(passage, time.GetTimestamp(), time.GetUtcNow(), "not_started", ToolErrors.Word(Failure(exception, CancellationToken.None).Code), result: null);
            await gate.LeaveUnusedAsync(passage);
            throw;
        }
    }

    /// <summary>What was done was done: what cannot take the end of it down does not make it a failure.</summary>
    /// <param name="passage">What ended.</param>
    /// <param name="started">When it began, by the clock that only goes on.</param>
    /// <param name="startedAt">The same for people.</param>
    /// <param name="outcome">`completed`, `failed` or `not_started`.</param>
    /// <param name="code">Why it failed.</param>
    /// <param name="result">What it answered.</param>
    private async Task EndAsync(Passage passage, long started, DateTimeOffset startedAt, string outcome, string? code, JsonElement? result)
    {
        var call = passage.Call;
        var isFailed = outcome is not "completed";
        var type = isFailed ? "tool.failed" : "tool.completed";
        try
        {
            await Task.WhenAll(
                RecordAsync(type, call, new { tool = call.Tool, duration_ms = (long)time.GetElapsedTime(started).TotalMilliseconds, code }),
                passage.ApprovalId is { } id ? approvals.EndedAsync(id, outcome) : Task.CompletedTask,
                receipts.EndedAsync(passage, startedAt, isFailed ? code ?? "FAILED" : null, result));
        }
        catch (Exception exception)
        {
            LogNotRecorded(exception, type, call.Tool, call.Id);
        }
    }

    /// <summary>What takes something away is preceded by what keeps it, and its answer says how to get it back.</summary>
    private async Task<CallToolResult> RunUndoablyAsync(Call call, Func<ValueTask<CallToolResult>> tool, CancellationToken cancellationToken)
    {
        if (call.Capability is not { Risk: Risk.Destructive, KeepsUndo: false } || checkpoints.SingleOrDefault() is not { } keeper
            || await keeper.TakeAsync(call, cancellationToken) is not { } undo)
            return await tool();
        var isKept = false;
        try
        {
            var result = await tool();
            isKept = result.IsError is not true;
            return isKept ? Wire.With(result, "undo", undo) : result;
        }
        catch (Exception exception)
        {
            isKept = exception is not ToolFailureException failure || !ToolErrors.HadNoEffect(failure.Code);
            throw;
        }
        finally
        {
            if (!isKept)
                await keeper.DropAsync(undo);
        }
    }

    /// <summary>A question to the client, or an error of the protocol: not the outcome of a call, and the SDK's to answer.</summary>
    private static bool IsProtocol(Exception exception) => exception is McpProtocolException or InputRequiredException;

    private Call Identify(RequestContext<CallToolRequestParams> request, string id, Caller caller, PolicyInForce policy)
    {
        var name = request.Params.Name;
        var tool = request.MatchedPrimitive as McpServerTool;
        var declared = tool?.Metadata.OfType<CapabilityAttribute>().SingleOrDefault();
        if (tool is null || declared is null || !CallPolicy.MayKnow(caller, declared, policy.Authorities))
            throw new McpProtocolException(UnknownTool(request, name, caller, policy), McpErrorCode.InvalidParams);

        var capability = catalog.Of(tool);
        return new Call
        {
            Id = id,
            Caller = caller,
            Tool = name,
            Capability = declared,
            Fingerprint = capability.Fingerprint,
            Schema = capability.Schema,
            Arguments = ArgumentValidator.Accepted(request.Params.Arguments),
        };
    }

    /// <summary>What the caller is told of it; the log is told too.</summary>
    private ToolFailureException Refusal(Exception exception, string tool, string callId, CancellationToken cancellationToken)
    {
        var failure = Failure(exception, cancellationToken);
        if (failure.Code is ToolErrorCode.Internal)
            LogBroken(exception, tool, callId);
        else
            LogRefused(tool, callId, failure.Code, IsAboutArguments(failure) ? "the arguments, as the caller was told" : failure.Message);
        return failure;
    }

    /// <summary>The call with its key taken out of its arguments, and with what its arguments make of it.</summary>
    private Call Validate(Call call)
    {
        var problems = ArgumentValidator.Check(call.Schema, call.Arguments);
        if (problems.Count > 0)
            throw new ToolFailureException(ToolErrorCode.InvalidInput, string.Join(' ', problems), $"Mend {(problems.Count is 1 ? "it" : "them")} and call {call.Tool} again; nothing was done.");
        if (call.Arguments.TryGetValue(ToolSchemas.IdempotencyKey, out var key))
        {
            call = call with
            {
                IdempotencyKey = key.GetString(),
                Arguments = call.Arguments.Where(argument => argument.Key is not ToolSchemas.IdempotencyKey).ToDictionary(StringComparer.Ordinal),
            };
        }
        return call with { Marks = catalog.MarksOf(call) };
    }

    /// <summary>Only what changes something is in the journal; a read is in the log.</summary>
    private Task RecordAsync(string type, Call call, object data) => !call.Capability.IsMutation
        ? Task.CompletedTask
        : journal.AppendAsync(
            new JournalEvent(type) { Workspace = call.Caller.WorkspaceName, Device = call.Device, Principal = call.Caller.Principal, CallId = call.Id, Data = data },
            CancellationToken.None);

    private static RequestContext<CallToolRequestParams> Prepared(RequestContext<CallToolRequestParams> request, Call call)
    {
        request.Params.Arguments = call.Arguments.ToDictionary(argument => argument.Key, argument => argument.Value, StringComparer.Ordinal);
        request.Services!.GetRequiredService<CallScope>().Caller = call.Caller;
        return request;
    }

    private ToolFailureException Failure(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        ToolFailureException failure => failure,
        EngineException { IsDiskFull: true } full => new(ToolErrorCode.DiskFull, full.Message, full.Remedy, inner: full),
        EngineException engine => new(ToolErrorCode.Unavailable, engine.Message, engine.Remedy, inner: engine),
        StorageException storage => new(ToolErrorCode.StorageUnavailable, storage.Message, storage.Remedy, retryable: storage.IsRetryable, inner: storage),
        OperationCanceledException when cancellationToken.IsCancellationRequested => new(ToolErrorCode.Cancelled, "The call was cancelled.", "What it had started goes on; process_list and sandbox_get show it.", inner: exception),
        OperationCanceledException when lifetime.ApplicationStopping.IsCancellationRequested => new(ToolErrorCode.Unavailable, "The host is stopping.", "Call again with the same idempotency_key when it runs again.", inner: exception),
        OperationCanceledException or TimeoutException => new(ToolErrorCode.Timeout, "It took longer than a call may.", "Look at the state and call again.", inner: exception),
        EndOfStreamException or SocketException or DoorProtocolException or IOException { InnerException: SocketException } => new(
            ToolErrorCode.Unavailable, "The sandbox ended, or was destroyed, while the call was under way; how far it came is not known.", "sandbox_get tells how the sandbox is.", inner: exception),
        _ => new(ToolErrorCode.Internal, "Something went wrong inside the host.", "Call again once; if it fails again, report the request_id.", inner: exception),
    };

    /// <summary>Suggests only what this caller's list shows.</summary>
    private string UnknownTool(RequestContext<CallToolRequestParams> request, string name, Caller caller, PolicyInForce policy)
    {
        var tools = request.Server.Services!.GetRequiredService<IOptions<McpServerOptions>>().Value.ToolCollection ?? [];
        var near = Similarity.Nearest(name, [.. tools.Where(tool => CallPolicy.IsVisible(caller, tool.Metadata.OfType<CapabilityAttribute>().Single(), policy.Authorities)).Select(tool => tool.ProtocolTool.Name)]);
        var shown = ResultBudget.Start(name, 80);
        return near is null ? $"Unknown tool: '{shown}'. tools/list shows those there are." : $"Unknown tool: '{shown}'. Did you mean '{near}'?";
    }

    /// <summary>Such a message shows what was given, and that may be a secret: it is for the caller and for no log.</summary>
    private static bool IsAboutArguments(ToolFailureException failure) => failure.Code is ToolErrorCode.InvalidInput or ToolErrorCode.IdempotencyConflict;

    [LoggerMessage(LogLevel.Information, "{Tool} {CallId} done in {Milliseconds} ms")]
    private partial void LogDone(string tool, string callId, double milliseconds);

    [LoggerMessage(LogLevel.Information, "{Tool} {CallId} ended with {Code}: {Reason}")]
    private partial void LogRefused(string tool, string callId, ToolErrorCode code, string reason);

    [LoggerMessage(LogLevel.Error, "{Type} of {Tool} {CallId} is missing in the journal")]
    private partial void LogNotRecorded(Exception exception, string type, string tool, string callId);

    [LoggerMessage(LogLevel.Error, "{Tool} {CallId} broke")]
    private partial void LogBroken(Exception exception, string tool, string callId);
}
