namespace Miosa.Devices.Doors;

/// <summary>A connection that somebody is told of for as long as it is open.</summary>
internal sealed class UsedStream : Stream
{
    private readonly Stream _inner;
    private readonly IDisposable _use;

    private UsedStream(Stream inner, IDisposable use) => (_inner, _use) = (inner, use);

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public static async ValueTask<Stream> OpenAsync(
        Func<CancellationToken, ValueTask<IDisposable>> begin, Func<CancellationToken, ValueTask<Stream>> connect, CancellationToken cancellationToken)
    {
        var use = await begin(cancellationToken);
        try
        {
            return new UsedStream(await connect(cancellationToken), use);
        }
        catch
        {
            use.Dispose();
            throw;
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _inner.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _inner.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => _inner.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count) => _inner.Write(buffer, offset, count);

    public override void Flush() => _inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await _inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
            _use.Dispose();
        }
        base.Dispose(disposing);
    }
}
