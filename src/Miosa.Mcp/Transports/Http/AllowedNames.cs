using System.Net;
using Microsoft.AspNetCore.Http;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Transports.Http;

/// <summary>
/// The names this server answers to. A browser lets any page reach a loopback port once its name resolves there;
/// checking the names is what keeps such pages out.
/// </summary>
internal sealed class AllowedNames(ServeOptions serve)
{
    private readonly HashSet<string> _names = new(
        ["localhost", "127.0.0.1", "[::1]", .. Own(serve.Http.Address), .. serve.AllowedHosts], StringComparer.OrdinalIgnoreCase);

    public bool AllowsHost(string? host) => host is { Length: > 0 } && _names.Contains(new HostString(host).Host);

    /// <summary>No origin means no browser. A page without a name of its own sends "null" and is refused.</summary>
    public bool AllowsOrigin(string origin) =>
        origin.Length is 0 || (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && _names.Contains(uri.Host));

    private static IEnumerable<string> Own(IPAddress? address) =>
        address is null || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? [] : [new Uri($"http://{new IPEndPoint(address, 80)}").Host];
}
