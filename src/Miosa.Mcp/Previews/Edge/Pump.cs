using System.Buffers;
using Microsoft.AspNetCore.Http;
using Miosa.Mcp.Previews.Edge.Sockets;

namespace Miosa.Mcp.Previews.Edge;

/// <summary>Moves bytes as they come, and notes that they do.</summary>
internal static class Pump
{
    private const int BufferBytes = 64 * 1024;
    private const int FirstBytes = 16 * 1024;

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

    /// <summary>Passes on a body from one socket to the other within the kernel, past everybody who only counts it.</summary>
    public static async Task PassAsync(Stream from, HttpResponse to, LoopWriter visitor, KernelPipe pipe, Visit visit)
    {
        await to.StartAsync(visit.Over);
        // What came with the head was read before; a buffer of ordinary size takes it in.
        var first = ArrayPool<byte>.Shared.Rent(FirstBytes);
        if (await from.ReadAsync(first, visit.Over) is > 0 and var begun)
        {
            visit.Moved();
            await to.Body.WriteAsync(first.AsMemory(0, begun), visit.Over);
        }
        ArrayPool<byte>.Shared.Return(first);
        while (await from.ReadAsync(pipe.Memory, visit.Over) is > 0 and var count)
        {
            visit.Moved();
            // There was more of it than that; it is in the pipe's memory.
            if (pipe.Held is 0)
            {
                await to.Body.WriteAsync(pipe.Memory[..count], visit.Over);
                continue;
            }
            visitor.Expect(pipe);
            _ = to.BodyWriter.GetMemory(count);
            if (visitor.HasMissedIt())
            {
                await to.Body.WriteAsync(pipe.TakeOut(), visit.Over);
                continue;
            }
            to.BodyWriter.Advance(count);
            await to.BodyWriter.FlushAsync(visit.Over);
            if (pipe.Held > 0)
                throw new IOException("The visitor went.");
        }
    }
}
