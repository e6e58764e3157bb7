using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Miosa.Mcp.Previews.Edge;

/// <summary>
/// The cookie that holds a visitor's permission once the token has left the address. The app behind never sees it, and
/// can neither set nor overwrite it.
/// </summary>
internal sealed class EdgeCookies(IOptions<PreviewOptions> options)
{
    private const string PlainName = "miosa_preview";

    /// <summary>Browsers take this name only over TLS, for one host and from that host.</summary>
    private const string HostName = "__Host-" + PlainName;

    private const int MostTried = 4;

    private string Name => options.Value.UsesTls ? HostName : PlainName;

    /// <summary>A header that sets it. It outlives what it holds, so that who comes too late is told so.</summary>
    public string Set(string value, TimeSpan lifetime) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{Name}={value}; Path=/; Max-Age={(long)lifetime.TotalSeconds}; HttpOnly; SameSite=Lax{(options.Value.UsesTls ? "; Secure" : "")}");

    /// <summary>What a request's cookies hold under our name. There may be several: a page can set one for a path of its own.</summary>
    public IEnumerable<string> Read(StringValues cookies)
    {
        var tried = 0;
        foreach (var header in cookies)
        {
            for (var start = 0; header is not null && start < header.Length && tried < MostTried;)
            {
                var end = header.IndexOf(';', start) is >= 0 and var semicolon ? semicolon : header.Length;
                var cookie = header.AsSpan(start, end - start).Trim();
                start = end + 1;
                if (cookie.Length <= Name.Length || cookie[Name.Length] is not '=' || !cookie.StartsWith(Name, StringComparison.Ordinal))
                    continue;
                tried++;
                yield return cookie[(Name.Length + 1)..].ToString();
            }
        }
    }

    /// <summary>The cookies that are the app's.</summary>
    public static string? WithoutOurs(StringValues cookies)
    {
        if (cookies is [{ } only] && !only.Contains(PlainName, StringComparison.OrdinalIgnoreCase))
            return only;
        var kept = cookies.SelectMany(header => (header ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Where(cookie => !IsOurs(cookie));
        return string.Join("; ", kept) is { Length: > 0 } rest ? rest : null;
    }

    /// <summary>A cookie that the app sets, for its own host alone; null where it has our name.</summary>
    public static string? FromApp(string setCookie)
    {
        if (IsOurs(setCookie))
            return null;
        // With a domain it would be sent to every other preview below it.
        return setCookie.Contains("domain", StringComparison.OrdinalIgnoreCase)
            ? string.Join(';', setCookie.Split(';').Where((part, i) => i is 0 || !NameOf(part).Equals("domain", StringComparison.OrdinalIgnoreCase)))
            : setCookie;
    }

    private static bool IsOurs(string cookie) =>
        NameOf(cookie) is var name && (name.Equals(PlainName, StringComparison.OrdinalIgnoreCase) || name.Equals(HostName, StringComparison.OrdinalIgnoreCase));

    // A cookie without a name has its value read as one by some servers.
    private static ReadOnlySpan<char> NameOf(ReadOnlySpan<char> part)
    {
        part = part.TrimStart(" \t=");
        var end = part.IndexOfAny('=', ';');
        return (end < 0 ? part : part[..end]).Trim();
    }
}
