using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Miosa.Mcp.Previews.Edge.Sockets;

/// <summary>
/// A thread that waits for many sockets at once, and on which those who wait go on. A request at the edge is a few small
/// steps between sockets; handing each of them to another thread, as the runtime's own sockets do, costs more than the steps.
/// Nothing that blocks or computes for long may run here.
/// </summary>
internal sealed unsafe class SocketLoop : IDisposable
{
    private const int MostEvents = 256;
    private const long Stopping = 0;
    // The kernel packs this structure on x86-64 only.
    private static readonly int EventBytes = RuntimeInformation.ProcessArchitecture is Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = EventBytes - sizeof(long);
    private readonly ConcurrentDictionary<long, LoopSocket> _sockets = new();
    private readonly Lock _lock = new();
    private readonly int _epoll;
    private readonly int _stop;
    private readonly Thread _thread;
    private long _lastId = Stopping;
    private bool _isOver;

    public SocketLoop()
    {
        _epoll = Check(SocketCalls.EpollCreate(SocketCalls.CloseOnExec), "epoll_create1");
        _stop = SocketCalls.EventDescriptor(0, SocketCalls.CloseOnExec);
        var wish = stackalloc byte[EventBytes];
        Write(wish, SocketCalls.EventIn, Stopping);
        try
        {
            Check(_stop, "eventfd");
            Check(SocketCalls.EpollControl(_epoll, SocketCalls.ControlAdd, _stop, wish), "epoll_ctl");
        }
        catch
        {
            _ = SocketCalls.Close(_epoll);
            _ = SocketCalls.Close(_stop);
            throw;
        }
        _thread = new Thread(Run) { IsBackground = true, Name = "edge sockets" };
        _thread.Start();
    }

    /// <summary>From here on the socket is told what happens to it.</summary>
    public LoopSocket Add(Socket socket)
    {
        socket.Blocking = false;
        var id = Interlocked.Increment(ref _lastId);
        var added = new LoopSocket(socket, () => _sockets.TryRemove(id, out _));
        _sockets[id] = added;
        var wish = stackalloc byte[EventBytes];
        Write(wish, SocketCalls.EventIn | SocketCalls.EventOut | SocketCalls.EventPeerHangUp | SocketCalls.EventEdge, id);
        try
        {
            // The number of a loop that has ended may be another file's by now.
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_isOver, this);
                Check(SocketCalls.EpollControl(_epoll, SocketCalls.ControlAdd, socket.SafeHandle, wish), "epoll_ctl");
            }
            return added;
        }
        catch
        {
            added.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        var one = 1L;
        _ = SocketCalls.Write(_stop, (byte*)&one, sizeof(long));
        // Whoever was called from the loop itself would wait for his own return.
        if (Thread.CurrentThread != _thread)
            _thread.Join();
    }

    public static int Check(int result, string call) => result >= 0 ? result : throw new SocketException(Marshal.GetLastPInvokeError(), $"{call}: {new Win32Exception().Message}");

    private void Run()
    {
        Serve();
        lock (_lock)
        {
            _isOver = true;
            _ = SocketCalls.Close(_epoll);
            _ = SocketCalls.Close(_stop);
        }
        foreach (var socket in _sockets.Values)
            socket.Dispose();
    }

    private void Serve()
    {
        var events = stackalloc byte[EventBytes * MostEvents];
        while (true)
        {
            var count = SocketCalls.EpollWait(_epoll, events, MostEvents, -1);
            if (count < 0 && Marshal.GetLastPInvokeError() is not SocketCalls.Interrupted)
                throw new Win32Exception();
            for (var i = 0; i < count; i++)
            {
                var each = events + (i * EventBytes);
                var id = BinaryPrimitives.ReadInt64LittleEndian(new ReadOnlySpan<byte>(each + DataOffset, sizeof(long)));
                if (id is Stopping)
                    return;
                // One that was closed a moment ago is not there any more.
                if (_sockets.TryGetValue(id, out var socket))
                    socket.Tell(BinaryPrimitives.ReadInt32LittleEndian(new ReadOnlySpan<byte>(each, sizeof(int))));
            }
        }
    }

    private static void Write(byte* wish, int events, long id)
    {
        var whole = new Span<byte>(wish, EventBytes);
        whole.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(whole, events);
        BinaryPrimitives.WriteInt64LittleEndian(whole[DataOffset..], id);
    }
}
