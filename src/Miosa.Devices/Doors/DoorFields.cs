using System.Buffers.Binary;

namespace Miosa.Devices.Doors;

/// <summary>Reads the fields of a reply, and believes none of them: every length, number and choice is checked.</summary>
internal ref struct DoorFields(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _left = bytes;

    public readonly bool AtEnd => _left.IsEmpty;

    public byte U8() => Take(1)[0];

    public bool Flag() => U8() switch
    {
        0 => false,
        1 => true,
        var other => throw new DoorProtocolException($"{other} is no yes or no."),
    };

    public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>A size, count or cursor.</summary>
    public long Size()
    {
        var value = U64();
        return value <= long.MaxValue ? (long)value : throw new DoorProtocolException($"{value} is no size.");
    }

    public int Count()
    {
        var value = U32();
        return value <= int.MaxValue ? (int)value : throw new DoorProtocolException($"{value} is no count.");
    }

    public ReadOnlySpan<byte> Bytes() => Take(Count());

    public string Text() => PathText.FromBytes(Bytes());

    public DateTimeOffset Time()
    {
        var milliseconds = (long)U64();
        return milliseconds is >= 0 and <= 253_402_300_799_999
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : throw new DoorProtocolException($"{milliseconds} is no time.");
    }

    public readonly void Finish()
    {
        if (!_left.IsEmpty)
            throw new DoorProtocolException($"{_left.Length} bytes too many.");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _left.Length)
            throw new DoorProtocolException($"{length} bytes are announced, {_left.Length} are there.");
        var taken = _left[..length];
        _left = _left[length..];
        return taken;
    }
}
