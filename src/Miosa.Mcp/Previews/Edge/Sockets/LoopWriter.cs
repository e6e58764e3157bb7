using System.Buffers;
using System.IO.Pipelines;

namespace Miosa.Mcp.Previews.Edge.Sockets;

/// <summary>
/// What the server says to a visitor, given to the kernel as it is flushed: nothing is handed to another thread, and a
/// flush that returned has left. Part of what is said may lie in a <see cref="KernelPipe"/>: see <see cref="Expect"/>.
/// </summary>
internal sealed class LoopWriter(LoopSocket socket) : PipeWriter
{
    private const int LeastBytes = 4096;
    // Filled up, while more is said that goes with it.
    private readonly Queue<(byte[] Buffer, int Used)> _full = [];
    private byte[]? _buffer;
    private int _used;
    private KernelPipe? _expected;
    private KernelPipe? _held;
    private bool _isOver;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes
    {
        get
        {
            lock (_full)
                return _full.Sum(each => (long)each.Used) + _used;
        }
    }

    /// <summary>The next memory that is asked for, and filled, stands for what the pipe holds; nothing is taken from the memory itself.</summary>
    public void Expect(KernelPipe pipe) => _expected = pipe;

    /// <summary>Whether what was expected was not asked for, because somebody in between keeps copies; it is expected no more.</summary>
    public bool HasMissedIt()
    {
        var missed = _expected is not null;
        _expected = null;
        return missed;
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_expected is { } pipe)
        {
            (_expected, _held) = (null, pipe);
            return pipe.Memory;
        }
        if (_buffer is not null && _buffer.Length - _used >= Math.Max(sizeHint, 1))
            return _buffer.AsMemory(_used);
        if (_buffer is not null)
        {
            lock (_full)
                _full.Enqueue((_buffer, _used));
        }
        _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(sizeHint, LeastBytes));
        _used = 0;
        return _buffer;
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (_held is null)
            _used += bytes;
        else if (bytes != _held.Held)
            throw new InvalidOperationException("What is said is not what the pipe holds.");
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_isOver)
        {
            Drop();
            return new(new FlushResult(isCanceled: false, isCompleted: true));
        }
        // Nearly always there is one buffer and the kernel takes it at once.
        if (_full.Count is 0 && _held is null && _buffer is { } buffer)
        {
            var sending = socket.SendAsync(buffer.AsMemory(0, _used), cancellationToken);
            if (sending.IsCompletedSuccessfully)
            {
                Release(buffer);
                return new(default(FlushResult));
            }
            return FlushAsync(sending, cancellationToken);
        }
        return FlushAsync(sending: null, cancellationToken);
    }

    // Whoever wants to stop waiting has the connection ended.
    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
        _isOver = true;
        Drop();
    }

    /// <summary>Whoever goes on talking to nobody fills no memory.</summary>
    private void Drop()
    {
        while (TakeFull() is { } each)
            ArrayPool<byte>.Shared.Return(each.Buffer);
        if (_buffer is { } buffer)
            Release(buffer);
    }

    private async ValueTask<FlushResult> FlushAsync(ValueTask? sending, CancellationToken cancellationToken)
    {
        try
        {
            if (sending is { } begun)
            {
                await begun;
            }
            else
            {
                while (TakeFull() is { } each)
                {
                    // One that was taken out is nobody else's to give back.
                    try
                    {
                        await socket.SendAsync(each.Buffer.AsMemory(0, each.Used), cancellationToken);
                    }
                    finally
                    {
                        ArrayPool<byte>.Shared.Return(each.Buffer);
                    }
                }
                if (_buffer is not null)
                    await socket.SendAsync(_buffer.AsMemory(0, _used), cancellationToken);
            }
            // A connection that says nothing for long keeps no memory.
            if (_buffer is { } buffer)
                Release(buffer);
            if (_held is { } pipe)
            {
                _held = null;
                await socket.SendAsync(pipe, cancellationToken);
            }
            return default;
        }
        catch (Exception exception)
        {
            // Part of it has left: nothing that is said later could be understood.
            _isOver = true;
            // That nobody listens any more is told, and is no failure: the server tidies up only after one that it knows.
            if (exception is IOException)
                return new FlushResult(isCanceled: false, isCompleted: true);
            throw;
        }
    }

    private (byte[] Buffer, int Used)? TakeFull()
    {
        lock (_full)
            return _full.TryDequeue(out var each) ? each : null;
    }

    /// <summary>Gives a buffer back, once: the end of a connection may come while a flush ends.</summary>
    private void Release(byte[] buffer)
    {
        _used = 0;
        if (Interlocked.CompareExchange(ref _buffer, null, buffer) == buffer)
            ArrayPool<byte>.Shared.Return(buffer);
    }
}
