using System.Buffers;

namespace Miosa.Mcp.Previews.Edge;

/// <summary>Moves bytes as they come, and notes that they do.</summary>
internal static class Pump
{
    private const int BufferBytes = 64 * 1024;

    public static async Task CopyAsync(Stream from, Stream to, Visit visit, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        while (true)
        {
            var reading = from.ReadAsync(buffer, cancellationToken);
            // What was said so far is on its way before we wait for more: the head of a stream of events, for one.
            if (!reading.IsCompleted)
                await to.FlushAsync(cancellationToken);
            if (await reading is not (> 0 and var count))
                break;
            visit.Moved();
            await to.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }
        // Only here: what fails may leave a read behind that still writes, and the next to rent it is another visitor.
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
