using System.Buffers.Binary;

namespace Miosa.Devices.Doors;

public enum OutputSource
{
    /// <summary>Standard output, or all of a terminal's.</summary>
    Output = 1,
    Error,
    /// <summary>No bytes: here some are missing.</summary>
    Gap,
}

/// <summary>
/// A piece of what a process wrote. <paramref name="Cursor"/> is where its first byte stands; who used only n of the
/// bytes goes on at <c>Cursor + n</c>.
/// </summary>
public sealed record OutputChunk(OutputSource Source, ReadOnlyMemory<byte> Bytes, long Cursor)
{
    internal const int FrameHeader = 5;

    /// <summary>Bytes that are missing here: never stored because the disk was full, or no longer kept.</summary>
    public long Missing { get; init; }

    internal static OutputChunk Read(DoorFrame kind, ReadOnlySpan<byte> payload, long cursor) => kind switch
    {
        DoorFrame.Output => new(OutputSource.Output, payload.ToArray(), cursor),
        DoorFrame.Error => new(OutputSource.Error, payload.ToArray(), cursor),
        DoorFrame.Gap when payload.Length == 8 && BinaryPrimitives.ReadInt64LittleEndian(payload) is > 0 and var missing =>
            new(OutputSource.Gap, ReadOnlyMemory<byte>.Empty, cursor) { Missing = missing },
        _ => throw DoorCall.Unexpected(kind),
    };
}
