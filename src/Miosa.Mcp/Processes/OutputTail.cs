namespace Miosa.Mcp.Processes;

/// <summary>The last bytes of a stream that may be endless.</summary>
internal sealed class OutputTail(int capacity)
{
    private readonly byte[] _ring = new byte[capacity];
    private long _written;

    /// <summary>Bytes that went through.</summary>
    public long Total => _written;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > capacity)
        {
            _written += bytes.Length - capacity;
            bytes = bytes[^capacity..];
        }
        var at = (int)(_written % capacity);
        var first = Math.Min(bytes.Length, capacity - at);
        bytes[..first].CopyTo(_ring.AsSpan(at));
        bytes[first..].CopyTo(_ring);
        _written += bytes.Length;
    }

    public byte[] ToArray()
    {
        if (_written <= capacity)
            return _ring[..(int)_written];
        var at = (int)(_written % capacity);
        return [.. _ring.AsSpan(at), .. _ring.AsSpan(0, at)];
    }
}
