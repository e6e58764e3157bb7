using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Options;

namespace Miosa.Mcp.Network;

/// <summary>Where sandboxes may go when nobody says otherwise, and what of this machine's surroundings they may see.</summary>
internal sealed class NetworkOptions : IValidatableObject
{
    public const string Section = "Network";

    /// <summary>`Network:Upstream` that means: connect directly, whatever the environment says.</summary>
    public const string Direct = "none";

    /// <summary>The preset of a sandbox for which none is asked.</summary>
    [EnumDataType(typeof(NetworkPreset))]
    public NetworkPreset Preset { get; set; } = NetworkPreset.None;

    /// <summary>Hosts that belong to the preset `packages` beside the public registries: a company's mirrors.</summary>
    public IList<string> Packages { get; set; } = [];

    /// <summary>Addresses or networks (10.1.2.3, 10.1.0.0/16) that may be reached although they are not public, where a policy allows the host.</summary>
    public IList<string> AllowPrivate { get; set; } = [];

    /// <summary>The HTTP proxy through which this machine reaches the internet; the environment's if absent, `none` for none.</summary>
    public string? Upstream { get; set; }

    /// <summary>Connections that one sandbox may have open at once.</summary>
    [Range(1, 4096)]
    public int MostConnections { get; set; } = 256;

    /// <summary>How long a program may take to say what it wants.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a host may take to be found and to accept a connection.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>After this long without a byte either way a connection is closed.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>An address or a network in its usual form; null where the text is neither. `10.1.2.3/8` is not: one address or sixteen million?</summary>
    public static IPNetwork? ParseNetwork(string text) =>
        IPNetwork.TryParse(text, out var network) && network.ToString().Equals(text, StringComparison.OrdinalIgnoreCase) ? network
        : IPAddress.TryParse(text, out var address) && address.ToString().Equals(text, StringComparison.OrdinalIgnoreCase) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var host in Packages.Where(host => HostPattern.Parse(host) is null))
            yield return new($"Network:Packages has `{host}`, which is no host: write `mirror.example.com`, `*.example.com` or `mirror.example.com:8081`.");
        foreach (var address in AllowPrivate.Where(address => ParseNetwork(address) is null))
            yield return new($"Network:AllowPrivate has `{address}`, which is no address: write `10.1.2.3`, `10.1.0.0/16` or `fd00::1`.");
        if (Upstream is not (null or Direct) && !(Uri.TryCreate(Upstream, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp))
            yield return new("Network:Upstream is no proxy: write `http://proxy.example.com:3128`, or `none`.");
    }
}

[OptionsValidator]
internal sealed partial class NetworkOptionsValidator : IValidateOptions<NetworkOptions>;
