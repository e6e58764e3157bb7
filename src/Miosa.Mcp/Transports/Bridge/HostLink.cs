using System.Net.Sockets;
using Miosa.Mcp.Transports.Stdio;

namespace Miosa.Mcp.Transports.Bridge;

/// <summary>One connection to a host, and which of the client's requests are under way on it.</summary>
internal sealed class HostLink : IAsyncDisposable
{
    private readonly NetworkStream _stream;
    private readonly LineWriter _writer;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _pending = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _quiet;

    public HostLink(Socket socket)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _writer = new LineWriter(_stream);
        Reader = new LineReader(_stream, int.MaxValue / 2);
    }

    public LineReader Reader { get; }

    /// <summary>Completes when the host is gone.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Sends a line on. False when the host is gone and has not seen it whole.</summary>
    public async Task<bool> TrySendAsync(ReadOnlyMemory<byte> line, MessageHead head, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_ended.Task.IsCompleted)
                return false;
            if (head.IsRequest)
                _pending[head.Id!] = head.Method!;
        }

        try
        {
            await _writer.WriteAsync(line, cancellationToken);
            return true;
        }
        catch (IOException)
        {
            lock (_gate)
            {
                if (head.IsRequest)
                    _pending.Remove(head.Id!);
            }

            return false;
        }
    }

    public Task SendAsync(string line, CancellationToken cancellationToken) => _writer.WriteAsync(line, cancellationToken);

    public void Answered(string id)
    {
        lock (_gate)
        {
            _pending.Remove(id);
            if (_pending.Count is 0)
                _quiet?.TrySetResult();
        }
    }

    /// <summary>Marks the host as gone and hands over what it left unanswered: ids and methods.</summary>
    public IReadOnlyDictionary<string, string> End()
    {
        lock (_gate)
        {
            _ended.TrySetResult();
            var left = new Dictionary<string, string>(_pending, StringComparer.Ordinal);
            _pending.Clear();
            _quiet?.TrySetResult();
            return left;
        }
    }

    /// <summary>Waits until every request was answered.</summary>
    public Task QuietAsync()
    {
        lock (_gate)
        {
            if (_pending.Count is 0)
                return Task.CompletedTask;
            _quiet ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _quiet.Task;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _writer.Dispose();
    }
}
