using System.Net;
using System.Net.NetworkInformation;

namespace Miosa.Mcp.Network;

/// <summary>The networks this machine is on, its own addresses among them, whatever kind of address they use.</summary>
internal sealed class MachineNetworks(TimeProvider time)
{
    /// <summary>Interfaces come and go; a program that connects a thousand times a second asks for them once.</summary>
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(5);
    private readonly Lock _lock = new();
    private IReadOnlyList<IPNetwork> _networks = [];
    private long _read;

    public IReadOnlyList<IPNetwork> Read()
    {
        lock (_lock)
        {
            if (_read is 0 || time.GetElapsedTime(_read) > KeptFor)
            {
                _networks = [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(each => each.GetIPProperties().UnicastAddresses).Select(Network)];
                _read = time.GetTimestamp();
            }
            return _networks;
        }
    }

    private static IPNetwork Network(UnicastIPAddressInformation information)
    {
        var bytes = information.Address.GetAddressBytes();
        for (var bit = information.PrefixLength; bit < bytes.Length * 8; bit++)
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return new IPNetwork(new IPAddress(bytes), information.PrefixLength);
    }
}
