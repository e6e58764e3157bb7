using System.Buffers;
using System.Net.Sockets;

namespace Miosa.Mcp.Network;

/// <summary>Passes bytes both ways until both sides have ended, neither faster than the other side takes them.</summary>
internal static class Tunnel
{
    private const int PieceBytes = 32 * 1024;

    public static async Task RunAsync(ClientReader reader, NetworkStream client, NetworkStream origin, Passage passage)
    {
        var outward = CopyAsync(
            async buffer => await reader.ReadAsync(buffer, passage.End), () => reader.HasBuffered ? default : WaitAsync(client, passage.End), origin, passage.CountSent, passage);
        var inward = CopyAsync(async buffer => await origin.ReadAsync(buffer, passage.End), () => WaitAsync(origin, passage.End), client, passage.CountReceived, passage);
        // One that fails ends the other: a broken half is no tunnel.
        try
        {
            await await Task.WhenAny(outward, inward);
            await Task.WhenAll(outward, inward);
        }
        finally
        {
            passage.Cut();
            await Task.WhenAll(outward, inward).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private static async Task CopyAsync(Func<Memory<byte>, ValueTask<int>> read, Func<ValueTask> wait, NetworkStream to, Action<int> count, Passage passage)
    {
        passage.Touch();
        while (true)
        {
            // A tunnel that waits holds no buffer: a thousand idle ones cost little.
            await wait();
            var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
            try
            {
                var length = await read(buffer);
                if (length is 0)
                    break;
                count(length);
                await to.WriteAsync(buffer.AsMemory(0, length), passage.End);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
        to.Socket.Shutdown(SocketShutdown.Send);
    }

    private static async ValueTask WaitAsync(NetworkStream stream, CancellationToken cancellationToken) =>
        _ = await stream.ReadAsync(Memory<byte>.Empty, cancellationToken);
}
