using System.Buffers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Miosa.Mcp.Previews.Edge.Sockets;

/// <summary>
/// A pipe of the kernel through which bytes go from one socket to another without being copied to us and back. It is
/// memory too, for the libraries on the way to count what passes: whoever reads into it, or writes from it, by a
/// <see cref="LoopStream"/> or a <see cref="LoopWriter"/>, moves bytes through the pipe instead.
/// </summary>
internal sealed unsafe class KernelPipe : MemoryManager<byte>
{
    public const int Bytes = 1 << 20;
    private readonly SafeFileHandle _out;
    private readonly SafeFileHandle _in;
    // Only where something on the way has read ahead, and copies that here.
    private byte[]? _memory;

    public KernelPipe()
    {
        var ends = stackalloc int[2];
        if (SocketCalls.Pipe(ends, SocketCalls.CloseOnExec | SocketCalls.NonBlocking) < 0)
            throw new IOException($"No pipe could be made: {Marshal.GetLastPInvokeErrorMessage()}");
        (_out, _in) = (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
        // Where so much is not allowed it stays smaller, and takes less at a time.
        _ = SocketCalls.Control(_in, SocketCalls.SetPipeSize, Bytes);
    }

    /// <summary>Bytes that are in it.</summary>
    public int Held { get; private set; }

    public override Memory<byte> Memory => CreateMemory(Bytes);

    /// <summary>The pipe that a memory belongs to; null for all others.</summary>
    public static KernelPipe? Of(ReadOnlyMemory<byte> memory) => MemoryMarshal.TryGetMemoryManager<byte, KernelPipe>(memory, out var pipe) ? pipe : null;

    /// <summary>Takes from the socket; 0 at its end, -1 where it has nothing now.</summary>
    public int Fill(SafeSocketHandle socket, int most)
    {
        while (true)
        {
            var moved = Call(() => SocketCalls.SpliceFrom(socket, 0, _in, 0, (nuint)most, SocketCalls.SpliceMove | SocketCalls.SpliceNonBlock));
            if (moved >= 0)
                Held += (int)moved;
            if (moved >= 0 || !WasInterrupted())
                return (int)moved;
        }
    }

    /// <summary>Gives to the socket; false where it takes nothing now.</summary>
    public bool Drain(SafeSocketHandle socket)
    {
        while (true)
        {
            var moved = Call(() => SocketCalls.SpliceTo(_out, 0, socket, 0, (nuint)Held, SocketCalls.SpliceMove | SocketCalls.SpliceNonBlock));
            if (moved >= 0)
                Held -= (int)moved;
            if (moved >= 0 || !WasInterrupted())
                return moved >= 0;
        }
    }

    /// <summary>Brings what it holds into its memory, for a way on which it cannot pass as it is.</summary>
    public ReadOnlyMemory<byte> TakeOut()
    {
        var taken = 0;
        fixed (byte* start = GetSpan())
        {
            while (Held > 0)
            {
                var count = SocketCalls.Read(_out, start + taken, (nuint)Held);
                if (count <= 0)
                    throw new IOException("The pipe lost what it held.");
                taken += (int)count;
                Held -= (int)count;
            }
        }
        return Memory[..taken];
    }

    /// <summary>Ends it, with what it holds. A call that still uses it ends first, and the next one fails.</summary>
    public void Close()
    {
        _in.Dispose();
        _out.Dispose();
    }

    public override Span<byte> GetSpan() => _memory ??= new byte[Bytes];

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        var handle = GCHandle.Alloc(_memory ??= new byte[Bytes], GCHandleType.Pinned);
        return new MemoryHandle((byte*)handle.AddrOfPinnedObject() + elementIndex, handle);
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }

    private static nint Call(Func<nint> splice)
    {
        try
        {
            return splice();
        }
        catch (ObjectDisposedException exception)
        {
            throw new IOException("The connection was closed.", exception);
        }
    }

    /// <summary>False where there is just nothing to be done now.</summary>
    private static bool WasInterrupted() => Marshal.GetLastPInvokeError() switch
    {
        SocketCalls.TryAgain => false,
        SocketCalls.Interrupted => true,
        var error => throw SocketCalls.Failure(error),
    };
}
