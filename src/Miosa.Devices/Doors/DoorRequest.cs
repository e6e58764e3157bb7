using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Miosa.Devices.Doors;

/// <summary>Writes one request, field by field. The layout stands at the top of Door/door.c.</summary>
internal sealed class DoorRequest
{
    private const int Limit = 1 << 20;
    private const byte Protocol = 1;
    private readonly ArrayBufferWriter<byte> _bytes = new(256);

    public DoorRequest(DoorVerb verb)
    {
        U32(0);
        U8(Protocol);
        U8((byte)verb);
    }

    public DoorRequest U8(byte value)
    {
        _bytes.GetSpan(1)[0] = value;
        _bytes.Advance(1);
        return this;
    }

    public DoorRequest Flag(bool value) => U8(value ? (byte)1 : (byte)0);

    public DoorRequest U32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.GetSpan(4), value);
        _bytes.Advance(4);
        return this;
    }

    public DoorRequest U64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.GetSpan(8), value);
        _bytes.Advance(8);
        return this;
    }

    public DoorRequest Bytes(ReadOnlySpan<byte> value)
    {
        U32((uint)value.Length);
        _bytes.Write(value);
        return this;
    }

    public DoorRequest Text(string value) => Bytes(Encoding.UTF8.GetBytes(value));

    public DoorRequest Path(string value) => Bytes(PathText.ToBytes(value));

    public DoorRequest Texts(IReadOnlyCollection<string> values)
    {
        U32((uint)values.Count);
        foreach (var value in values)
            Text(value);
        return this;
    }

    public DoorRequest Paths(IReadOnlyCollection<string> values)
    {
        U32((uint)values.Count);
        foreach (var value in values)
            Path(value);
        return this;
    }

    /// <summary>A frame that follows the request, as the parts of a file's body do.</summary>
    public DoorRequest Frame(DoorFrame kind, ReadOnlySpan<byte> payload)
    {
        Seal();
        U8((byte)kind);
        return Bytes(payload);
    }

    public ReadOnlyMemory<byte> Finish()
    {
        Seal();
        return _bytes.WrittenMemory;
    }

    /// <summary>Puts the length in front, once: what comes after it is no part of the request.</summary>
    private void Seal()
    {
        var bytes = System.Runtime.InteropServices.MemoryMarshal.AsMemory(_bytes.WrittenMemory).Span;
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != 0)
            return;
        if (bytes.Length - 4 > Limit)
            throw new DoorException(DoorStage.Request, Errno.E2BIG, "the request");
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)(bytes.Length - 4));
    }
}
