namespace Miosa.Devices.Doors;

/// <summary>A file being read: what it is, and its bytes as they come.</summary>
public sealed class FileContentStream : Stream
{
    private readonly DoorCall _call;
    private ReadOnlyMemory<byte> _left;
    private bool _ended;

    internal FileContentStream(DoorCall call, FileStat stat)
    {
        _call = call;
        Stat = stat;
    }

    public FileStat Stat { get; }

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_left.IsEmpty && !_ended)
        {
            var (kind, payload) = await _call.ReadAsync(cancellationToken);
            if (kind is not (DoorFrame.Data or DoorFrame.End))
                throw DoorCall.Unexpected(kind);
            _left = payload;
            _ended = kind is DoorFrame.End;
        }

        var part = _left[..Math.Min(_left.Length, buffer.Length)];
        part.CopyTo(buffer);
        _left = _left[part.Length..];
        return part.Length;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read it asynchronously.");
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Flush() { }

    public override async ValueTask DisposeAsync()
    {
        await _call.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _ = _call.DisposeAsync().AsTask();
        base.Dispose(disposing);
    }
}
