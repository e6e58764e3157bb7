using System.Globalization;
using System.Net;

namespace Miosa.Mcp.Hosting;

/// <summary>Where the host listens for HTTP, or that it does not.</summary>
internal sealed record HttpEndpoint(IPAddress? Address, int Port)
{
    public const int DefaultPort = 6467;

    public static HttpEndpoint Default { get; } = new(IPAddress.Loopback, DefaultPort);

    public static HttpEndpoint Off { get; } = new(null, 0);

    public bool IsOn => Address is not null;

    public bool IsLoopback => Address is not null && IPAddress.IsLoopback(Address);

    /// <summary>Reads <c>none</c>, a port, or an address with a port.</summary>
    public static HttpEndpoint? TryParse(string text)
    {
        if (string.Equals(text, "none", StringComparison.OrdinalIgnoreCase))
            return Off;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return port <= IPEndPoint.MaxPort ? new HttpEndpoint(IPAddress.Loopback, port) : null;

        var named = text.StartsWith("localhost:", StringComparison.OrdinalIgnoreCase) ? $"127.0.0.1{text["localhost".Length..]}" : text;
        return named.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(named, out var endpoint) && HasPort(named)
            ? new HttpEndpoint(endpoint.Address, endpoint.Port)
            : null;
    }

    public override string ToString() => Address is null ? "none" : new IPEndPoint(Address, Port).ToString();

    // IPEndPoint takes "::1" as an address with port 0, which nobody means.
    private static bool HasPort(string text) => text.StartsWith('[') ? text.Contains("]:", StringComparison.Ordinal) : text.Count(c => c is ':') is 1;
}
