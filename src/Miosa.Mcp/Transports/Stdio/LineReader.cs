namespace Miosa.Mcp.Transports.Stdio;

/// <summary>
/// Reads a stream line by line, as bytes. A line longer than the limit is skipped to its end and told apart, so
/// that one monstrous message costs neither the memory nor the connection.
/// </summary>
internal sealed class LineReader(Stream stream, int limit)
{
    private const byte NewLine = (byte)'\n';

    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _scanned;
    private int _end;

    /// <summary>The longest line it returns whole. May grow, once a first line has been read with care.</summary>
    public int Limit { get; set; } = limit;

    /// <summary>
    /// The next line without its end, valid until the next call; null at the end of the stream.
    /// </summary>
    public async ValueTask<Line?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var newLine = _buffer.AsSpan(_scanned, _end - _scanned).IndexOf(NewLine);
            if (newLine >= 0)
            {
                var line = new Line(_buffer.AsMemory(_start, _scanned + newLine - _start), Complete: true, TooLong: false);
                _start = _scanned = _scanned + newLine + 1;
                return line.Bytes.Length > Limit ? line with { Bytes = line.Bytes[..Limit], TooLong = true } : line;
            }

            _scanned = _end;
            if (_end - _start > Limit)
                return await SkipAsync(cancellationToken);

            MakeRoom();
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0)
                return TakeRest();
            _end += read;
        }
    }

    private Line? TakeRest()
    {
        if (_end == _start)
            return null;
        var rest = new Line(_buffer.AsMemory(_start, _end - _start), Complete: false, TooLong: false);
        _start = _scanned = _end;
        return rest;
    }

    private async ValueTask<Line?> SkipAsync(CancellationToken cancellationToken)
    {
        var head = _buffer.AsMemory(_start, Limit).ToArray();
        while (true)
        {
            _start = _scanned = _end = 0;
            var read = await stream.ReadAsync(_buffer, cancellationToken);
            var newLine = _buffer.AsSpan(0, read).IndexOf(NewLine);
            if (newLine < 0 && read > 0)
                continue;
            _start = _scanned = newLine + 1;
            _end = read;
            return new Line(head, Complete: newLine >= 0, TooLong: true);
        }
    }

    private void MakeRoom()
    {
        if (_start > 0 && (_start == _end || _end == _buffer.Length))
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _scanned -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
    }
}
