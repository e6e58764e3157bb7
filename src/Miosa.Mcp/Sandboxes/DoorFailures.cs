using System.Net.Sockets;
using Miosa.Devices.Doors;

namespace Miosa.Mcp.Sandboxes;

/// <summary>Tells a way into a sandbox that broke from a bug of ours.</summary>
internal static class DoorFailures
{
    /// <summary>The connection ended, or what came over it made no sense: the sandbox's doing, or its end.</summary>
    public static bool IsBroken(Exception exception) => exception is IOException or SocketException or DoorException or DoorProtocolException or TimeoutException;
}
