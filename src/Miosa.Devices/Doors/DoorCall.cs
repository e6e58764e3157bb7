using System.Buffers;
using System.Buffers.Binary;

namespace Miosa.Devices.Doors;

/// <summary>
/// One connection, one request, and the frames of its answer. A frame is either read whole or not at all, so a caller
/// may cancel and read on. A sandbox that stands still cannot hold a call: each frame has to come within a deadline,
/// unless the call waits for something that may take any time.
/// </summary>
internal sealed class DoorCall : IAsyncDisposable
{
    private const int HeaderLength = 5;
    private const int FrameLimit = (1 << 20) + 4096;

    private readonly Stream _stream;
    private readonly TimeSpan _deadline;
    private readonly CancellationTokenSource _late;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private int _start;
    private int _end;

    private DoorCall(Stream stream, TimeSpan deadline, TimeProvider time)
    {
        _stream = stream;
        _deadline = deadline;
        _late = new CancellationTokenSource(deadline, time);
    }

    public static async Task<DoorCall> SendAsync(Door door, DoorRequest request, CancellationToken cancellationToken)
    {
        var bytes = request.Finish();
        var call = await OpenAsync(door, cancellationToken);
        try
        {
            await call.SendAsync(bytes, cancellationToken);
            return call;
        }
        catch
        {
            await call.DisposeAsync();
            throw;
        }
    }

    public static async Task<DoorCall> OpenAsync(Door door, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(door.Deadline, door.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            return new DoorCall(await door.Connect(both.Token), door.Deadline, door.Time);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw TooLate(door.Deadline);
        }
    }

    /// <summary>Sends, unless the door has already answered and listens no more: then its answer says why.</summary>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await WithinDeadlineAsync(async token =>
            {
                await _stream.WriteAsync(bytes, token);
                await _stream.FlushAsync(token);
                return 0;
            }, cancellationToken);
            return true;
        }
        catch (IOException exception) when (exception is not DoorProtocolException)
        {
            return false;
        }
    }

    /// <summary>The next frame. Its payload is good until the next is read.</summary>
    /// <exception cref="DoorException">The door says that the request failed.</exception>
    public ValueTask<(DoorFrame Kind, ReadOnlyMemory<byte> Payload)> ReadAsync(CancellationToken cancellationToken) =>
        new(WithinDeadlineAsync(ReadAtLeisureAsync, cancellationToken));

    /// <summary>The same without a deadline: a process may be silent for days.</summary>
    public async Task<(DoorFrame Kind, ReadOnlyMemory<byte> Payload)> ReadAtLeisureAsync(CancellationToken cancellationToken)
    {
        await FillAsync(HeaderLength, cancellationToken);
        var kind = (DoorFrame)_buffer[_start];
        var length = BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(_start + 1));
        if (length > FrameLimit)
            throw new DoorProtocolException($"A frame of {length} bytes.");
        await FillAsync(HeaderLength + (int)length, cancellationToken);
        var payload = _buffer.AsMemory(_start + HeaderLength, (int)length);
        _start += HeaderLength + (int)length;
        return kind is DoorFrame.Failed ? throw Failure(payload.Span) : (kind, payload);
    }

    public async Task<ReadOnlyMemory<byte>> ReadAsync(DoorFrame expected, CancellationToken cancellationToken)
    {
        var (kind, payload) = await ReadAsync(cancellationToken);
        return kind == expected ? payload : throw Unexpected(kind);
    }

    public static DoorProtocolException Unexpected(DoorFrame kind) => new($"A frame of kind {(int)kind} has no place here.");

    public async ValueTask DisposeAsync()
    {
        _late.Dispose();
        await _stream.DisposeAsync();
        var buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    private async Task FillAsync(int wanted, CancellationToken cancellationToken)
    {
        if (_end - _start >= wanted)
            return;
        if (_start == _end)
            _start = _end = 0;
        if (_buffer.Length - _start < wanted)
            Move(wanted);
        while (_end - _start < wanted)
        {
            var read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0)
                throw new EndOfStreamException("The sandbox closed the connection.");
            _end += read;
        }
    }

    private void Move(int wanted)
    {
        var from = _buffer;
        var to = from.Length >= wanted ? from : ArrayPool<byte>.Shared.Rent(wanted);
        from.AsSpan(_start, _end - _start).CopyTo(to);
        (_start, _end) = (0, _end - _start);
        _buffer = to;
        if (to != from)
            ArrayPool<byte>.Shared.Return(from);
    }

    private async Task<T> WithinDeadlineAsync<T>(Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        _late.CancelAfter(_deadline);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _late.Token);
        try
        {
            return await act(both.Token);
        }
        catch (OperationCanceledException) when (_late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw TooLate(_deadline);
        }
        finally
        {
            _late.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    private static TimeoutException TooLate(TimeSpan deadline) =>
        new($"The sandbox did not answer within {deadline.TotalSeconds:0.#} seconds.");

    private static Exception Failure(ReadOnlySpan<byte> payload)
    {
        var fields = new DoorFields(payload);
        var stage = (DoorStage)fields.U8();
        var errno = fields.U32();
        var detail = fields.Text();
        fields.Finish();
        return Enum.IsDefined(stage) && errno is > 0 and < 4096
            ? new DoorException(stage, (Errno)errno, detail)
            : new DoorProtocolException("A failure that is none.");
    }
}
