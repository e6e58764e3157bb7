using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Miosa.Mcp.Transports.Stdio;

/// <summary>Who is at the other end of a unix socket, as the kernel says.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct PeerCredentials(int Pid, uint Uid, uint Gid)
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;

    public static PeerCredentials Of(Socket socket)
    {
        var credentials = default(PeerCredentials);
        var bytes = MemoryMarshal.AsBytes(new Span<PeerCredentials>(ref credentials));
        return socket.GetRawSocketOption(SolSocket, SoPeerCred, bytes) == bytes.Length
            ? credentials
            : throw new IOException("The kernel does not say who is at the other end of the socket.");
    }
}
