using System.Net;

namespace Miosa.Mcp.Network;

/// <summary>
/// Which addresses are no part of the public internet. Addresses for documentation count as public: nothing is there
/// unless a network uses them for its own, and then this machine's own networks are refused anyway.
/// </summary>
internal static class AddressKinds
{
    private const string Wrapped = "an IPv4 address in IPv6 form";

    private static readonly (IPNetwork Network, string Kind)[] NotPublic =
    [
        .. new[]
        {
            ("169.254.169.254/32", "the metadata service"), ("168.63.129.16/32", "the metadata service"), ("100.100.100.200/32", "the metadata service"), ("fd00:ec2::254/128", "the metadata service"),
            ("0.0.0.0/8", "an unspecified address"), ("10.0.0.0/8", "a private address"), ("100.64.0.0/10", "a carrier's address"), ("127.0.0.0/8", "a loopback address"),
            ("169.254.0.0/16", "a link-local address"), ("172.16.0.0/12", "a private address"), ("192.0.0.0/24", "a reserved address"), ("192.88.99.0/24", "a 6to4 relay"),
            ("192.168.0.0/16", "a private address"), ("198.18.0.0/15", "a benchmark's address"), ("224.0.0.0/4", "a multicast address"), ("240.0.0.0/4", "a reserved address"),
            ("::/128", "an unspecified address"), ("::1/128", "a loopback address"), ("::ffff:0:0:0/96", Wrapped), ("::/96", Wrapped),
            ("64:ff9b::/96", "a NAT64 address"), ("64:ff9b:1::/48", "a NAT64 address"), ("2001::/32", "a Teredo address"), ("2001::/23", "a reserved address"), ("2002::/16", "a 6to4 address"),
            ("fc00::/7", "a private address"), ("fe80::/10", "a link-local address"), ("fec0::/10", "a private address"), ("ff00::/8", "a multicast address"),
        }.Select(entry => (IPNetwork.Parse(entry.Item1), entry.Item2)),
    ];

    /// <summary>All that is given out of IPv6 to the internet.</summary>
    private static readonly IPNetwork PublicIPv6 = IPNetwork.Parse("2000::/3");

    /// <summary>What kind of address it is where it is not a public one; null where it is.</summary>
    public static string? Problem(IPAddress address)
    {
        // IPNetwork takes these for the IPv4 addresses that they hold.
        if (address.IsIPv4MappedToIPv6)
            return Wrapped;
        foreach (var (network, kind) in NotPublic)
        {
            if (network.Contains(address))
                return kind;
        }
        return address.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6 && !PublicIPv6.Contains(address) ? "a reserved address" : null;
    }
}
