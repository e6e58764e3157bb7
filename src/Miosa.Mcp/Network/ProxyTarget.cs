using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Miosa.Mcp.Network;

/// <summary>
/// Where a program wants to go, read strictly: what two readers could understand differently is no target. Of
/// addresses only the usual form is taken, not the octal, hexadecimal, short and single-number ones that some
/// libraries read as addresses too.
/// </summary>
/// <param name="Host">In lower case and without a final dot; an IPv6 address without brackets.</param>
internal sealed record ProxyTarget(string Host, int Port)
{
    private const int LongestName = 253;
    private const int LongestLabel = 63;

    /// <summary>The host where it is an address itself.</summary>
    public IPAddress? Address { get; private init; }

    /// <summary>As a person writes it, with the port.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Bracketed}:{Port}");

    /// <summary>The host as it stands in an address line.</summary>
    public string Bracketed => Address?.AddressFamily is AddressFamily.InterNetworkV6 ? $"[{Host}]" : Host;

    /// <returns>Null where the text names no host and port beyond doubt.</returns>
    public static ProxyTarget? Parse(string text, int? defaultPort)
    {
        var (host, portText) = Split(text);
        if (host is null || ParsePort(portText, defaultPort) is not { } port)
            return null;
        if (host.StartsWith('['))
            return ParseIPv6(host) is { } v6 ? new(v6.ToString(), port) { Address = v6 } : null;
        host = host.ToLowerInvariant();
        if (host.EndsWith('.'))
            host = host[..^1];
        if (ParseIPv4(host) is { } v4)
            return new(host, port) { Address = v4 };
        return IsName(host) && !LooksLikeNumber(host) ? new(host, port) : null;
    }

    /// <summary>A name of letters, digits, hyphens and underscores, in labels.</summary>
    public static bool IsName(string host) =>
        host.Length is > 0 and <= LongestName
        && host.Split('.').All(label => label.Length is > 0 and <= LongestLabel && label.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_') && label[0] is not '-' && label[^1] is not '-');

    private static (string? Host, string? Port) Split(string text)
    {
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            return end < 0 ? (null, null)
                : end == text.Length - 1 ? (text, null)
                : text[end + 1] is ':' ? (text[..(end + 1)], text[(end + 2)..])
                : (null, null);
        }
        return text.Split(':') switch
        {
            [var host] => (host, null),
            [var host, var port] => (host, port),
            _ => (null, null),
        };
    }

    private static int? ParsePort(string? text, int? defaultPort) =>
        text is null ? defaultPort
        : text.Length is > 0 and <= 5 && text.All(char.IsAsciiDigit) && text[0] is not '0' && int.Parse(text, CultureInfo.InvariantCulture) is var port and <= ushort.MaxValue ? port
        : null;

    private static IPAddress? ParseIPv6(string bracketed)
    {
        var text = bracketed[1..^1];
        // A zone says which of this machine's networks is meant; a sandbox has no say in that.
        return text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.') && IPAddress.TryParse(text, out var address) && address.AddressFamily is AddressFamily.InterNetworkV6 ? address : null;
    }

    private static IPAddress? ParseIPv4(string host)
    {
        var parts = host.Split('.');
        return parts.Length is 4 && parts.All(part => part.Length is > 0 and <= 3 && part.All(char.IsAsciiDigit) && (part is "0" || part[0] is not '0') && int.Parse(part, CultureInfo.InvariantCulture) <= byte.MaxValue)
            ? new IPAddress([.. parts.Select(part => byte.Parse(part, CultureInfo.InvariantCulture))])
            : null;
    }

    /// <summary>What ends in a number some library takes for an address; no name of the internet does.</summary>
    private static bool LooksLikeNumber(string host)
    {
        var last = host[(host.LastIndexOf('.') + 1)..];
        return last.All(char.IsAsciiDigit) || (last.StartsWith("0x", StringComparison.Ordinal) && last.Skip(2).All(char.IsAsciiHexDigit));
    }
}
