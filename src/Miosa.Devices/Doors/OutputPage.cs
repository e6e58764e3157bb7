namespace Miosa.Devices.Doors;

/// <summary>A part of what a process wrote, and how the process stood when it was read.</summary>
public sealed record OutputPage
{
    public required ProcessState State { get; init; }
    public IReadOnlyList<OutputChunk> Chunks { get; init; } = [];

    /// <summary>Where to go on reading.</summary>
    public required long Next { get; init; }

    /// <summary>Bytes of the log in front of this page that are no longer kept.</summary>
    public long Missing { get; init; }

    internal static OutputPage Read(ReadOnlySpan<byte> payload)
    {
        var fields = new DoorFields(payload);
        var state = ProcessState.Read(ref fields);
        var (cursor, next, missing) = (fields.Size(), fields.Size(), fields.Size());
        var frames = new DoorFields(fields.Bytes());
        fields.Finish();
        var chunks = new List<OutputChunk>();
        while (!frames.AtEnd)
        {
            var kind = (DoorFrame)frames.U8();
            var bytes = frames.Bytes();
            chunks.Add(OutputChunk.Read(kind, bytes, cursor));
            cursor += bytes.Length + OutputChunk.FrameHeader;
        }

        return new OutputPage { State = state, Chunks = chunks, Next = next, Missing = missing };
    }
}
