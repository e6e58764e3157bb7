using System.Net;

namespace Miosa.Mcp.Network;

/// <summary>Reads heads, lines and bytes of one connection, none of them further than it must.</summary>
internal sealed class ClientReader(Stream stream)
{
    /// <summary>The longest head of a request.</summary>
    public const int LongestHead = 32 * 1024;

    private readonly byte[] _buffer = new byte[LongestHead];
    private int _start;
    private int _end;

    /// <summary>Whether bytes have come that nobody asked for yet.</summary>
    public bool HasBuffered => _end > _start;

    /// <summary>The next head; null where the other side has ended instead.</summary>
    public async Task<RequestHead?> ReadHeadAsync(CancellationToken cancellationToken)
    {
        var end = await ReadThroughAsync("\r\n\r\n"u8.ToArray(), HttpStatusCode.RequestHeaderFieldsTooLarge, cancellationToken);
        if (end is 0)
            return null;
        var head = RequestHead.Parse(_buffer.AsSpan(_start, end));
        _start += end;
        return head;
    }

    /// <summary>The next line without its end.</summary>
    public async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var end = await ReadThroughAsync("\r\n"u8.ToArray(), HttpStatusCode.BadRequest, cancellationToken);
        if (end is 0)
            throw new BadRequestException("The request ends in the middle.");
        var line = System.Text.Encoding.Latin1.GetString(_buffer.AsSpan(_start, end - 2));
        _start += end;
        return line.Contains('\n', StringComparison.Ordinal) ? throw new BadRequestException("A line of the request does not end as lines do.") : line;
    }

    /// <summary>What has come, at least a byte; 0 at the end.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        if (!HasBuffered)
            return await stream.ReadAsync(target, cancellationToken);
        var count = Math.Min(target.Length, _end - _start);
        _buffer.AsMemory(_start, count).CopyTo(target);
        _start += count;
        return count;
    }

    /// <summary>Has the buffer hold all up to a mark, and tells how much that is; 0 at the end of the connection.</summary>
    private async Task<int> ReadThroughAsync(byte[] mark, HttpStatusCode whenTooLong, CancellationToken cancellationToken)
    {
        while (true)
        {
            var at = _buffer.AsSpan(_start, _end - _start).IndexOf(mark);
            if (at >= 0)
                return at + mark.Length;
            if (_end - _start == _buffer.Length)
                throw new BadRequestException("The request's header is too long.", whenTooLong);
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
            }
            var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (count is 0)
                return HasBuffered ? throw new BadRequestException("The request ends in the middle.") : 0;
            _end += count;
        }
    }
}
