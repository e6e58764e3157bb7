using System.Net;
using System.Net.Sockets;

namespace Miosa.Mcp.Transports.Access;

/// <summary>
/// Counts who comes without a key that opens anything. Nobody guesses 256 bits; this keeps the one who tries from
/// filling the log. A right key is let in all the same: else any stranger could shut out those who share an address.
/// </summary>
internal sealed class FailedTries(TimeProvider time)
{
    public const int MostInAWindow = 60;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private const int MostAddresses = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Tries> _tries = [];
    private readonly Tries _others = new();

    /// <summary>How often this address failed within a minute, this time included.</summary>
    public int Count(IPAddress? address)
    {
        lock (_gate)
        {
            var tries = Of(Network(address ?? IPAddress.None));
            if (tries.Number is 0 || IsOver(tries))
                (tries.Since, tries.Number) = (time.GetTimestamp(), 0);
            return ++tries.Number;
        }
    }

    private Tries Of(IPAddress network)
    {
        if (_tries.TryGetValue(network, out var known))
            return known;
        if (_tries.Count >= MostAddresses)
        {
            foreach (var (old, _) in _tries.Where(pair => IsOver(pair.Value)).ToList())
                _tries.Remove(old);
        }

        // So many at once are one attacker: they share what is left.
        return _tries.Count >= MostAddresses ? _others : _tries[network] = new Tries();
    }

    private bool IsOver(Tries tries) => time.GetElapsedTime(tries.Since) >= Window;

    /// <summary>One customer of IPv6 has at least 2^64 addresses.</summary>
    private static IPAddress Network(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily is not AddressFamily.InterNetworkV6)
            return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    private sealed class Tries
    {
        public long Since { get; set; }

        public int Number { get; set; }
    }
}
