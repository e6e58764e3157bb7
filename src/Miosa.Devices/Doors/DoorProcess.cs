using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Miosa.Devices.Doors;

/// <summary>
/// A process just started, and what it writes as it writes it. It needs nobody: disposing this, or losing the
/// connection, leaves it running, and <see cref="Door.TailAsync"/> goes on at <see cref="Cursor"/>.
/// </summary>
public sealed class DoorProcess : IAsyncDisposable
{
    private readonly DoorCall _call;

    private DoorProcess(DoorCall call, string id, int pid, DateTimeOffset startedAt)
    {
        _call = call;
        Id = id;
        Pid = pid;
        StartedAt = startedAt;
    }

    public string Id { get; }
    public int Pid { get; }
    public DateTimeOffset StartedAt { get; }

    /// <summary>Where in the log the next chunk begins.</summary>
    public long Cursor { get; private set; }

    /// <summary>How it ended; null until all output up to its end has been read.</summary>
    public ProcessState? Ended { get; private set; }

    /// <summary>
    /// The output, until the process ends. Cancelled or left early, it can be called again and goes on where it was.
    /// A reader that is far behind is told by a gap what it missed; it never holds the process up.
    /// </summary>
    /// <exception cref="EndOfStreamException">The connection is lost, the process may well go on.</exception>
    public async IAsyncEnumerable<OutputChunk> ReadOutputAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (Ended is null)
        {
            var (kind, payload) = await _call.ReadAtLeisureAsync(cancellationToken);
            if (kind is DoorFrame.Exit)
                Ended = ProcessState.ReadAll(payload.Span);
            else
                yield return kind is DoorFrame.Skip ? Skip(payload.Span) : Next(kind, payload.Span);
        }
    }

    /// <summary>Reads past the output to the end.</summary>
    public async Task<ProcessState> WaitAsync(CancellationToken cancellationToken = default)
    {
        await foreach (var _ in ReadOutputAsync(cancellationToken))
        {
        }

        return Ended!;
    }

    public ValueTask DisposeAsync() => _call.DisposeAsync();

    internal static DoorProcess Read(DoorCall call, string id, ReadOnlySpan<byte> payload)
    {
        var fields = new DoorFields(payload);
        var process = new DoorProcess(call, id, fields.Count(), fields.Time());
        fields.Finish();
        return process;
    }

    private OutputChunk Next(DoorFrame kind, ReadOnlySpan<byte> payload)
    {
        var chunk = OutputChunk.Read(kind, payload, Cursor + OutputChunk.FrameHeader);
        Cursor += OutputChunk.FrameHeader + payload.Length;
        return chunk;
    }

    private OutputChunk Skip(ReadOnlySpan<byte> payload)
    {
        var to = payload.Length == 8 ? BinaryPrimitives.ReadInt64LittleEndian(payload) : -1;
        if (to <= Cursor)
            throw new DoorProtocolException("The log goes backwards.");
        var gap = new OutputChunk(OutputSource.Gap, ReadOnlyMemory<byte>.Empty, to) { Missing = to - Cursor };
        Cursor = to;
        return gap;
    }
}
