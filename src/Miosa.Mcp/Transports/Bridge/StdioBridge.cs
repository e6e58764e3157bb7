using System.Text.Json;
using Miosa.Mcp.Transports.Stdio;

namespace Miosa.Mcp.Transports.Bridge;

/// <summary>
/// What an MCP client starts as its server: it copies lines between the client and the host. When the host goes away
/// it answers what was under way, finds or starts the next host, and introduces the client there again, because most
/// clients never restart a server that failed them.
/// </summary>
internal sealed class StdioBridge(HostConnector connector, Stream input, Stream output, TimeProvider time) : IDisposable
{
    /// <summary>How long a client that closed its side is still given the answers it asked for.</summary>
    private static readonly TimeSpan LastAnswers = TimeSpan.FromSeconds(5);

    private readonly LineReader _fromClient = new(input, ProtocolJson.MaxMessageBytes);
    private readonly LineWriter _toClient = new(output);
    private readonly TaskCompletionSource _clientGone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[]? _initialize;
    private string? _initializeId;
    private byte[]? _initialized;
    private HostLink? _link;
    private string? _unreachable;

    /// <summary>Copies until either side ends or the process is told to.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var copying = CopyAsync(stop.Token);
            await Task.WhenAny(copying, _clientGone.Task).WaitAsync(cancellationToken);
            await stop.CancelAsync();
            if (copying.IsCompleted)
                await copying;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested || stop.IsCancellationRequested)
        {
            // Told to end. What runs in the host is not ours to stop.
        }
        finally
        {
            if (_link is not null)
                await _link.DisposeAsync();
        }
    }

    public void Dispose() => _toClient.Dispose();

    private async Task CopyAsync(CancellationToken cancellationToken)
    {
        // Begun before the client speaks: most of them take longer to say the first word than a host to start.
        await ReachAsync(cancellationToken);
        Task<Line?>? next = null;
        while (true)
        {
            next ??= _fromClient.ReadAsync(cancellationToken).AsTask();
            if (_link is { } link && await Task.WhenAny(next, link.Ended) == link.Ended)
            {
                await LoseAsync(cancellationToken);
                continue;
            }

            if (await next is not { } line)
                break;
            next = null;
            await ForwardAsync(line, cancellationToken);
        }

        if (_link is { } last)
            await Task.WhenAny(last.QuietAsync(), Task.Delay(LastAnswers, time, cancellationToken));
    }

    private async Task ForwardAsync(Line line, CancellationToken cancellationToken)
    {
        var head = MessageHead.Read(line.Bytes.Span);
        if (line.TooLong)
        {
            await TellClientAsync(JsonRpcErrors.Line(head.Id, JsonRpcErrors.InvalidRequest, $"A message may have {ProtocolJson.MaxMessageBytes} bytes. Send large contents as an upload."), cancellationToken);
            return;
        }

        Remember(line, head);
        while (true)
        {
            if (_link is null)
                await ReachAsync(cancellationToken);
            if (_link is null)
            {
                if (head.IsRequest)
                    await TellClientAsync(JsonRpcErrors.Line(head.Id, JsonRpcErrors.HostUnavailable, _unreachable!), cancellationToken);
                return;
            }

            if (await _link.TrySendAsync(line.Bytes, head, cancellationToken))
                return;
            await LoseAsync(cancellationToken);
        }
    }

    private void Remember(Line line, MessageHead head)
    {
        if (head.Method is "initialize")
        {
            _initialize = line.Bytes.ToArray();
            _initializeId = null;
            _initialized = null;
        }
        else if (head.Method is "notifications/initialized")
        {
            _initialized = line.Bytes.ToArray();
        }
    }

    private async Task ReachAsync(CancellationToken cancellationToken)
    {
        try
        {
            var link = await connector.ConnectAsync(cancellationToken);
            await IntroduceAsync(link, cancellationToken);
            _link = link;
            _ = PumpAsync(link, cancellationToken);
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            _unreachable = e.Message;
        }
    }

    /// <summary>Tells a new host who the client is, when an earlier host was told already. Its answer is for us.</summary>
    private async Task IntroduceAsync(HostLink link, CancellationToken cancellationToken)
    {
        if (_initialize is null || _initializeId is null)
            return;
        if (!await link.TrySendAsync(_initialize, default, cancellationToken))
            throw new IOException("The Miosa host went away again.");
        while (await link.Reader.ReadAsync(cancellationToken) is { Complete: true } line)
        {
            var head = MessageHead.Read(line.Bytes.Span);
            if (!head.IsAnswer || !string.Equals(head.Id, _initializeId, StringComparison.Ordinal))
            {
                await WriteToClientAsync(line.Bytes, cancellationToken);
                continue;
            }

            if (_initialized is not null)
                await link.TrySendAsync(_initialized, default, cancellationToken);
            return;
        }

        throw new IOException("The Miosa host went away again.");
    }

    private async Task PumpAsync(HostLink link, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, string> unanswered;
        try
        {
            while (await link.Reader.ReadAsync(cancellationToken) is { Complete: true } line)
            {
                var head = MessageHead.Read(line.Bytes.Span);
                await WriteToClientAsync(line.Bytes, cancellationToken);
                if (!head.IsAnswer)
                    continue;
                link.Answered(head.Id!);
                if (_initialize is not null && _initializeId is null)
                    NoteInitialized(head.Id!);
            }
        }
        catch (IOException)
        {
            // A host that was killed resets the connection instead of ending it.
        }
        catch (OperationCanceledException)
        {
            return;
        }
        finally
        {
            unanswered = link.End();
        }

        foreach (var (id, method) in unanswered)
        {
            if (method is not "initialize")
                await TellClientAsync(JsonRpcErrors.Line(id, JsonRpcErrors.HostUnavailable, "The Miosa host went away while it worked on this. Send it again, with the same idempotency_key if it had one: what was done is then not done twice."), cancellationToken);
        }
    }

    private void NoteInitialized(string answered)
    {
        if (string.Equals(MessageHead.Read(_initialize).Id, answered, StringComparison.Ordinal))
            _initializeId = answered;
    }

    private async Task LoseAsync(CancellationToken cancellationToken)
    {
        var lost = _link!;
        _link = null;
        lost.End();
        await lost.DisposeAsync();

        // A client whose initialize was never answered would wait for ever; any other wakes us with its next message.
        if (_initialize is null || _initializeId is not null)
            return;
        await ReachAsync(cancellationToken);
        if (_link is not null && await _link.TrySendAsync(_initialize, MessageHead.Read(_initialize), cancellationToken))
            return;
        await TellClientAsync(JsonRpcErrors.Line(MessageHead.Read(_initialize).Id, JsonRpcErrors.HostUnavailable, _unreachable ?? "The Miosa host went away twice."), cancellationToken);
        _initialize = null;
    }

    private async Task TellClientAsync(string line, CancellationToken cancellationToken)
    {
        try
        {
            await _toClient.WriteAsync(line, cancellationToken);
        }
        catch (IOException)
        {
            _clientGone.TrySetResult();
        }
    }

    private async Task WriteToClientAsync(ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        try
        {
            await _toClient.WriteAsync(line, cancellationToken);
        }
        catch (IOException)
        {
            _clientGone.TrySetResult();
        }
    }
}
