using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Miosa.Mcp.Previews.Edge.Sockets;

/// <summary>The system calls of the edge's sockets. Thin on purpose: the meaning is in the classes that call them.</summary>
internal static unsafe partial class SocketCalls
{
    public const int EventIn = 0x1;
    public const int EventOut = 0x4;
    public const int EventError = 0x8;
    public const int EventHangUp = 0x10;
    public const int EventPeerHangUp = 0x2000;
    public const int EventEdge = 1 << 31;

    public const int ControlAdd = 1;

    public const int TryAgain = 11;
    public const int Interrupted = 4;
    private const int InProgress = 115;

    public const int NoSignal = 0x4000;

    public const int SpliceMove = 1;
    public const int SpliceNonBlock = 2;

    public const int SetPipeSize = 1031;
    public const int CloseOnExec = 0x80000;
    public const int NonBlocking = 0x800;

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(int epoll, int operation, SafeSocketHandle socket, byte* value);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(int epoll, int operation, int descriptor, byte* value);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(int epoll, byte* events, int most, int milliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventDescriptor(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(SafeSocketHandle socket, Span<byte> buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(SafeSocketHandle socket, ReadOnlySpan<byte> buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(SafeSocketHandle socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "splice", SetLastError = true)]
    public static partial nint SpliceFrom(SafeSocketHandle socket, nint noOffset, SafeFileHandle pipe, nint noOffsetEither, nuint length, uint flags);

    [LibraryImport("libc", EntryPoint = "splice", SetLastError = true)]
    public static partial nint SpliceTo(SafeFileHandle pipe, nint noOffset, SafeSocketHandle socket, nint noOffsetEither, nuint length, uint flags);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(SafeFileHandle descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle descriptor, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    /// <summary>Begins to connect, without waiting for it.</summary>
    public static void Begin(SafeSocketHandle socket, SocketAddress address)
    {
        int result;
        fixed (byte* start = address.Buffer.Span)
            result = Connect(socket, start, (uint)address.Size);
        if (result < 0 && Marshal.GetLastPInvokeError() is not InProgress and var error)
            throw new SocketException(Translate(error));
    }

    /// <summary>On the machine itself nothing is lost or late; a machine's default for the world (BBR) would send at half the speed.</summary>
    public static void DoNotPace(Socket socket) => socket.SetRawSocketOption((int)ProtocolType.Tcp, CongestionControl, "reno"u8);

    /// <summary>What to throw for an error of the system while bytes were to be moved.</summary>
    public static IOException Failure(int error)
    {
        var cause = new SocketException(Translate(error));
        return new IOException(Marshal.GetPInvokeErrorMessage(error), cause);
    }

    /// <summary>The numbers of this system as .NET knows them.</summary>
    private static int Translate(int error) => (int)(error switch
    {
        ConnectionRefused => SocketError.ConnectionRefused,
        ConnectionReset => SocketError.ConnectionReset,
        BrokenPipe => SocketError.Shutdown,
        TimedOut => SocketError.TimedOut,
        _ => SocketError.SocketError,
    });

    private const int CongestionControl = 13;
    private const int BrokenPipe = 32;
    private const int ConnectionReset = 104;
    private const int TimedOut = 110;
    private const int ConnectionRefused = 111;
}
