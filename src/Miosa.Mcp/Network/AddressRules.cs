using System.Net;
using Microsoft.Extensions.Options;

namespace Miosa.Mcp.Network;

/// <summary>Which addresses no policy opens: all that are not public, and this machine's networks. Only the operator can except some.</summary>
internal sealed class AddressRules(IOptions<NetworkOptions> options, MachineNetworks machine)
{
    private readonly IPNetwork[] _excepted = [.. options.Value.AllowPrivate.Select(text => NetworkOptions.ParseNetwork(text)!.Value)];

    /// <summary>What forbids the address, in words; null where nothing does.</summary>
    public string? Problem(IPAddress address)
    {
        if (!address.IsIPv4MappedToIPv6 && _excepted.Any(network => network.Contains(address)))
            return null;
        return AddressKinds.Problem(address) ?? (machine.Read().Any(network => network.Contains(address)) ? "an address of this machine's own network" : null);
    }
}
