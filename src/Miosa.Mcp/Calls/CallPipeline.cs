using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Devices;
using Miosa.Devices.Doors;
using Miosa.Mcp.Events;
using Miosa.Mcp.Storage;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Calls;

/// <summary>The one way every tool call goes, read from top to bottom. The order is the meaning.</summary>
internal sealed partial class CallPipeline(
    CallPolicy policy, CallReplay replay, IEnumerable<ICheckpoints> checkpoints, Journal journal, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<CallPipeline> logger)
{
    public async ValueTask<CallToolResult> RunAsync(
        RequestContext<CallToolRequestParams> request, McpRequestHandler<CallToolRequestParams, CallToolResult> tool, CancellationToken cancellationToken)
    {
        var call = Identify(request);
        var started = time.GetTimestamp();
        try
        {
            call = Validate(call);
            var result = call.IdempotencyKey is null
                ? await DecideAndRunAsync(call, request, tool, cancellationToken)
                : await replay.OnceAsync(call, stopping => DecideAndRunAsync(call, request, tool, stopping), cancellationToken);
            LogDone(call.Tool, call.Id, time.GetElapsedTime(started).TotalMilliseconds);
            return result;
        }
        catch (Exception exception) when (!IsProtocol(exception))
        {
            var failure = Failure(exception, cancellationToken);
            if (failure.Code is ToolErrorCode.Internal)
                LogBroken(exception, call.Tool, call.Id);
            else
                LogRefused(call.Tool, call.Id, failure.Code, IsAboutArguments(failure) ? "the arguments, as the caller was told" : failure.Message);
            return Wire.Result(ToolError.From(failure, call.Id), isError: true);
        }
    }

    /// <summary>Replay comes before approval: who was approved once is not asked again because an answer was lost.</summary>
    private async Task<CallToolResult> DecideAndRunAsync(
        Call call, RequestContext<CallToolRequestParams> request, McpRequestHandler<CallToolRequestParams, CallToolResult> tool, CancellationToken cancellationToken)
    {
        Approve(call);
        await RecordAsync("tool.started", call, new { tool = call.Tool, capability = call.Capability.Name, version = call.Capability.Version, risk = call.Capability.Risk, call_hash = call.Hash });
        var started = time.GetTimestamp();
        try
        {
            var result = await RunUndoablyAsync(call, () => tool(Prepared(request, call), cancellationToken), cancellationToken);
            await RecordEndAsync(result.IsError is true ? "tool.failed" : "tool.completed", call, started, code: null);
            return result;
        }
        catch (Exception exception) when (!IsProtocol(exception))
        {
            await RecordEndAsync("tool.failed", call, started, ToolErrors.Word(Failure(exception, cancellationToken).Code));
            throw;
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

    /// <summary>What was done was done: a journal that cannot take the end of it does not make it a failure.</summary>
    private async Task RecordEndAsync(string type, Call call, long started, string? code)
    {
        try
        {
            await RecordAsync(type, call, new { tool = call.Tool, duration_ms = (long)time.GetElapsedTime(started).TotalMilliseconds, code });
        }
        catch (Exception exception)
        {
            LogNotRecorded(exception, type, call.Tool, call.Id);
        }
    }

    private Call Identify(RequestContext<CallToolRequestParams> request)
    {
        var name = request.Params.Name;
        var caller = Caller.Of(request);
        var tool = request.MatchedPrimitive as McpServerTool;
        var capability = tool?.Metadata.OfType<CapabilityAttribute>().SingleOrDefault();
        if (tool is null || capability is null || !policy.IsInToolset(caller, capability))
            throw new McpProtocolException(UnknownTool(request, name, caller), McpErrorCode.InvalidParams);

        var id = Ids.New("call", time);
        return new Call
        {
            Id = id,
            Caller = caller with { CallId = id },
            Tool = name,
            Capability = capability,
            Schema = tool.ProtocolTool.InputSchema,
            Arguments = ArgumentValidator.Accepted(request.Params.Arguments),
        };
    }

    /// <summary>The call with its key taken out of its arguments.</summary>
    private static Call Validate(Call call)
    {
        var problems = ArgumentValidator.Check(call.Schema, call.Arguments);
        if (problems.Count > 0)
            throw new ToolFailureException(ToolErrorCode.InvalidInput, string.Join(' ', problems), $"Mend {(problems.Count is 1 ? "it" : "them")} and call {call.Tool} again; nothing was done.");
        return call.Arguments.TryGetValue(ToolSchemas.IdempotencyKey, out var key)
            ? call with
            {
                IdempotencyKey = key.GetString(),
                Arguments = call.Arguments.Where(argument => argument.Key is not ToolSchemas.IdempotencyKey).ToDictionary(StringComparer.Ordinal),
            }
            : call;
    }

    private void Approve(Call call)
    {
        switch (policy.Decide(call.Caller, call.Capability))
        {
            case Decision.Allow:
                return;
            case Decision.Deny(var reason):
                throw new ToolFailureException(ToolErrorCode.Denied, reason, "Connect without read-only to change things, or ask the person in charge.");
            case Decision.Ask(var reason):
                throw new ToolFailureException(ToolErrorCode.PendingApproval, reason, "Wait for a person's answer, then call again.");
        }
    }

    /// <summary>Only what changes something is in the journal; a read is in the log.</summary>
    private Task RecordAsync(string type, Call call, object data) => !call.Capability.IsMutation
        ? Task.CompletedTask
        : journal.AppendAsync(
            new JournalEvent(type) { Workspace = call.Caller.WorkspaceName, Device = Device(call), Principal = call.Caller.Principal, CallId = call.Id, Data = data },
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

    private static string? Device(Call call) =>
        call.Arguments.TryGetValue("sandbox_id", out var id) && id.ValueKind is JsonValueKind.String ? id.GetString() : null;

    /// <summary>Suggests only what this caller's list shows.</summary>
    private string UnknownTool(RequestContext<CallToolRequestParams> request, string name, Caller caller)
    {
        var tools = request.Server.Services!.GetRequiredService<IOptions<McpServerOptions>>().Value.ToolCollection ?? [];
        var near = Similarity.Nearest(name, [.. tools.Where(tool => policy.IsVisible(caller, tool.Metadata.OfType<CapabilityAttribute>().Single())).Select(tool => tool.ProtocolTool.Name)]);
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
