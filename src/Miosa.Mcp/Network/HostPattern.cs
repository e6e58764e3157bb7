using System.Globalization;

namespace Miosa.Mcp.Network;

/// <summary>
/// Hosts that may be reached: one (`registry.npmjs.org`), all below one (`*.debian.org`), or an address; on the ports of
/// the web, or on one that is named (`example.com:5432`).
/// </summary>
internal sealed record HostPattern
{
    private const string AnyBelow = "*.";

    private HostPattern(ProxyTarget host, bool isBelow, int? port) => (Host, IsBelow, Port) = (host, isBelow, port);

    private ProxyTarget Host { get; }

    private bool IsBelow { get; }

    private int? Port { get; }

    /// <summary>The address, where it is one.</summary>
    public System.Net.IPAddress? Address => Host.Address;

    /// <summary>Ports that need not be named.</summary>
    public static bool IsWebPort(int port) => port is 80 or 443;

    /// <returns>Null where the text is no pattern.</returns>
    public static HostPattern? Parse(string text)
    {
        const int unnamed = 0;
        var isBelow = text.StartsWith(AnyBelow, StringComparison.Ordinal);
        if (ProxyTarget.Parse(isBelow ? text[AnyBelow.Length..] : text, unnamed) is not { } host)
            return null;
        // All of a top-level domain is as good as everything; who wants that says `web`.
        if (isBelow && (host.Address is not null || !host.Host.Contains('.', StringComparison.Ordinal)))
            return null;
        return new(host, isBelow, host.Port is unnamed ? null : host.Port);
    }

    public bool Matches(ProxyTarget target) =>
        (Port is { } port ? port == target.Port : IsWebPort(target.Port))
        && (IsBelow
            ? target.Address is null && target.Host.EndsWith("." + Host.Host, StringComparison.Ordinal)
            : Host.Address is { } address ? address.Equals(target.Address) : target.Address is null && target.Host == Host.Host);

    public override string ToString() =>
        (IsBelow ? AnyBelow : "") + Host.Bracketed + (Port is { } port ? string.Create(CultureInfo.InvariantCulture, $":{port}") : "");
}
