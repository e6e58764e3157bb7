using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Miosa.Devices.Native;

/// <summary>
/// Makes sockets in the network namespaces of other processes. A socket stays in the namespace it was made in, so what
/// comes from here reaches a device's loopback from any thread, with no process in between. The thread itself is left
/// wherever it was last: it does nothing else.
/// </summary>
internal sealed class NetworkThread : IDisposable
{
    private const int Backlog = 512;
    private static readonly string? OwnNetwork = new FileInfo("/proc/self/ns/net").LinkTarget;
    private readonly WorkThread _thread = new("networks");

    /// <summary>Connects to a port on the loopback of <paramref name="process"/>, over IPv4 or else IPv6.</summary>
    public async ValueTask<Stream> ConnectAsync(RunningProcess process, int port, Func<Socket, IPEndPoint, CancellationToken, ValueTask<Stream>> connect, CancellationToken cancellationToken)
    {
        try
        {
            return await connect(await CreateAsync(process, AddressFamily.InterNetwork), new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionRefused)
        {
            // A program that listens on `localhost` may have been given the IPv6 address alone.
            return await connect(await CreateAsync(process, AddressFamily.InterNetworkV6), new IPEndPoint(IPAddress.IPv6Loopback, port), cancellationToken);
        }
    }

    /// <summary>Connects a fresh socket, which is closed if that fails.</summary>
    public static async ValueTask<Stream> ConnectAsync(Socket socket, IPEndPoint target, CancellationToken cancellationToken)
    {
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(target, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Listens on a port of the IPv4 loopback of <paramref name="process"/>.</summary>
    public async Task<Socket> ListenAsync(RunningProcess process, int port)
    {
        var socket = await CreateAsync(process, AddressFamily.InterNetwork);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Brings up the loopback of <paramref name="process"/>, where its runtime leaves that to others.</summary>
    public async Task RaiseLoopbackAsync(RunningProcess process)
    {
        using var socket = await CreateAsync(process, AddressFamily.InterNetwork);
        SetUp((int)socket.Handle, "lo"u8);
    }

    public void Dispose() => _thread.Dispose();

    private static string? NameOf(int descriptor) => new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}")).LinkTarget;

    private static unsafe void SetUp(int socket, ReadOnlySpan<byte> name)
    {
        // struct ifreq: sixteen bytes of name, then for these two requests the flags.
        const int nameLength = 16;
        var request = stackalloc byte[40];
        new Span<byte>(request, 40).Clear();
        name.CopyTo(new Span<byte>(request, nameLength));
        Libc.Check(Libc.Ioctl(socket, Libc.GetInterfaceFlags, request), "read the flags of lo");
        *(short*)(request + nameLength) |= Libc.InterfaceUp;
        Libc.Check(Libc.Ioctl(socket, Libc.SetInterfaceFlags, request), "bring up lo");
    }

    private Task<Socket> CreateAsync(RunningProcess process, AddressFamily family) => _thread.RunAsync(() =>
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Pid}/ns/net");
        var descriptor = Libc.Check(Libc.Open(path, Libc.OpenCloseOnExec), $"open {path}");
        try
        {
            // Looked at after the descriptor is held: a later process with this number has another network.
            if (!process.IsAlive)
                throw new EngineException("The sandbox has ended.", "Call again; it is started anew.");
            if (NameOf(descriptor) == OwnNetwork)
                throw new EngineException("The sandbox is in the network of this machine, which it must never be.", "Destroy it; `miosa doctor` says how this machine runs sandboxes.");
            Libc.Check(Libc.SetNamespace(descriptor, Libc.CloneNewNetwork), "setns (network)");
            return new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }
    });
}
