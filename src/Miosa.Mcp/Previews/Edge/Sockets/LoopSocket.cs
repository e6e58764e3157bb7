using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Miosa.Mcp.Previews.Edge.Sockets;

/// <summary>A stream socket of a <see cref="SocketLoop"/>. One may read and one may write at a time.</summary>
internal sealed class LoopSocket(Socket socket, Action removed) : IDisposable
{
    private static readonly Action<object?, CancellationToken> Cancel = static (readiness, token) => ((Readiness)readiness!).Cancel(token);
    private const int MostReads = 32;
    private readonly Readiness _input = new();
    private readonly Readiness _output = new();
    private readonly CancellationTokenSource _gone = new();
    private readonly SafeSocketHandle _handle = socket.SafeHandle;
    // Of a stream that gave less than was asked for nothing is left; asking again would only be told so.
    private bool _mayHoldMore = true;
    private volatile bool _peerIsGone;
    private int _reads;
    private int _told;
    private int _disposed;

    /// <summary>Cancelled when the other side has closed, or the connection broke.</summary>
    public CancellationToken Gone => _gone.Token;

    public EndPoint? LocalEndPoint => socket.LocalEndPoint;

    public EndPoint? RemoteEndPoint => socket.RemoteEndPoint;

    /// <summary>Waits until a connection that was begun is made.</summary>
    public async ValueTask ConnectedAsync(CancellationToken cancellationToken)
    {
        while (!socket.Poll(0, SelectMode.SelectWrite) && !socket.Poll(0, SelectMode.SelectError))
            await WaitAsync(_output, cancellationToken);
        if (socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is int error and not 0)
            throw new SocketException(error);
    }

    /// <summary>Reads what there is, waiting until there is something; 0 at the end. Into nothing it only waits.</summary>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (!buffer.IsEmpty && IsGreedy())
            return YieldAndReceiveAsync(buffer, cancellationToken);
        if (!_mayHoldMore && !_peerIsGone)
            return WaitAndReceiveAsync(buffer, cancellationToken);
        try
        {
            return Received(buffer.Span) is >= 0 and var count ? new(count) : WaitAndReceiveAsync(buffer, cancellationToken);
        }
        catch (IOException exception)
        {
            return ValueTask.FromException<int>(exception);
        }
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            var sent = Sent(buffer.Span);
            return sent == buffer.Length ? ValueTask.CompletedTask : WaitAndSendAsync(buffer[sent..], cancellationToken);
        }
        catch (IOException exception)
        {
            return ValueTask.FromException(exception);
        }
    }

    /// <summary>Moves what there is, up to the pipe's size, into the pipe without a copy; 0 at the end.</summary>
    public async ValueTask<int> ReceiveAsync(KernelPipe pipe, int most, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (IsGreedy())
                await Task.Yield();
            if (_mayHoldMore || _peerIsGone)
            {
                var moved = pipe.Fill(_handle, most);
                if (moved >= 0)
                    return moved;
                _mayHoldMore = false;
            }
            await WaitAsync(_input, cancellationToken);
            _mayHoldMore = true;
        }
    }

    /// <summary>Moves what the pipe holds to the other side without a copy.</summary>
    public async ValueTask SendAsync(KernelPipe pipe, CancellationToken cancellationToken)
    {
        while (pipe.Held > 0)
        {
            if (!pipe.Drain(_handle))
                await WaitAsync(_output, cancellationToken);
        }
    }

    /// <summary>Tells the other side, and whoever waits here, that it is over. What is in flight arrives.</summary>
    public void Shutdown()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It is over already.
        }
    }

    /// <summary>Called by the loop.</summary>
    public void Tell(int events)
    {
        if ((events & (SocketCalls.EventPeerHangUp | SocketCalls.EventHangUp | SocketCalls.EventError)) is not 0)
        {
            _peerIsGone = true;
            if (Interlocked.Exchange(ref _told, 1) is 0)
                // Whoever is told may have much to tidy up; the other sockets do not wait for it.
                ThreadPool.UnsafeQueueUserWorkItem(static socket => socket.TellGone(), this, preferLocal: false);
        }
        if ((events & ~SocketCalls.EventOut) is not 0)
            _input.Set();
        if ((events & (SocketCalls.EventOut | SocketCalls.EventHangUp | SocketCalls.EventError)) is not 0)
            _output.Set();
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) is 1)
            return;
        removed();
        _peerIsGone = true;
        Shutdown();
        // Its number is given to nobody else while a call still uses it: that is what the handle counts.
        socket.Dispose();
        _input.Set();
        _output.Set();
    }

    /// <summary>
    /// Whether it is the others' turn. Who always has something to read never waits, and would keep the loop's thread to
    /// himself: after so many reads in a row he goes on on another one.
    /// </summary>
    private bool IsGreedy()
    {
        if (++_reads < MostReads)
            return false;
        _reads = 0;
        return true;
    }

    private async ValueTask<int> YieldAndReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return await ReceiveAsync(buffer, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> WaitAndReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var waiting = _input.WaitAsync();
            // Through the loop, that is; where it had been told before, nobody else had a turn.
            if (!waiting.IsCompleted)
                _reads = 0;
            // Registered only now, so that a token that is cancelled already finds somebody to wake.
            using (cancellationToken.UnsafeRegister(Cancel, _input))
                await waiting;
            _mayHoldMore = true;
            if (buffer.IsEmpty)
                return 0;
            if (Received(buffer.Span) is >= 0 and var count)
                return count;
        }
    }

    private async ValueTask WaitAndSendAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            await WaitAsync(_output, cancellationToken);
            buffer = buffer[Sent(buffer.Span)..];
        }
    }

    private static async ValueTask WaitAsync(Readiness readiness, CancellationToken cancellationToken)
    {
        var waiting = readiness.WaitAsync();
        using (cancellationToken.UnsafeRegister(Cancel, readiness))
            await waiting;
    }

    /// <summary>How many bytes were read; -1 where there are none yet.</summary>
    private int Received(Span<byte> buffer)
    {
        while (true)
        {
            nint count;
            try
            {
                count = SocketCalls.Receive(_handle, buffer, (nuint)buffer.Length, 0);
            }
            catch (ObjectDisposedException exception)
            {
                throw new IOException("The connection was closed.", exception);
            }
            if (count >= 0)
            {
                _mayHoldMore = count == buffer.Length;
                return (int)count;
            }
            switch (Marshal.GetLastPInvokeError())
            {
                case SocketCalls.TryAgain:
                    _mayHoldMore = false;
                    return -1;
                case SocketCalls.Interrupted:
                    continue;
                case var error:
                    throw SocketCalls.Failure(error);
            }
        }
    }

    /// <summary>How many bytes the kernel took; 0 where it takes none now.</summary>
    private int Sent(ReadOnlySpan<byte> buffer)
    {
        var sent = 0;
        while (sent < buffer.Length)
        {
            nint count;
            try
            {
                count = SocketCalls.Send(_handle, buffer[sent..], (nuint)(buffer.Length - sent), SocketCalls.NoSignal);
            }
            catch (ObjectDisposedException exception)
            {
                throw new IOException("The connection was closed.", exception);
            }
            if (count >= 0)
            {
                sent += (int)count;
                continue;
            }
            switch (Marshal.GetLastPInvokeError())
            {
                case SocketCalls.TryAgain:
                    return sent;
                case SocketCalls.Interrupted:
                    continue;
                case var error:
                    throw SocketCalls.Failure(error);
            }
        }
        return sent;
    }

    private void TellGone()
    {
        try
        {
            _gone.Cancel();
        }
        catch (AggregateException)
        {
            // Those who listen have their own ways to fail; this is only the news.
        }
    }
}
