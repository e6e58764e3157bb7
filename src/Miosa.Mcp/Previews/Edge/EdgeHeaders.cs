using System.Collections.Frozen;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Miosa.Mcp.Previews.Edge;

/// <summary>Which headers cross the edge, in each direction.</summary>
internal static class EdgeHeaders
{
    /// <summary>Of one connection, not of the message; or said by us and by nobody before us.</summary>
    private static readonly FrozenSet<string> NotForApps = new[]
    {
        HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.ProxyConnection, HeaderNames.ProxyAuthorization, HeaderNames.ProxyAuthenticate, HeaderNames.TE, HeaderNames.Trailer,
        HeaderNames.TransferEncoding, HeaderNames.Upgrade, HeaderNames.Expect, HeaderNames.ContentLength, HeaderNames.Cookie, "HTTP2-Settings", "Proxy", "Forwarded", "X-Real-IP", "X-Content-Length",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> NotForVisitors = new[]
    {
        HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.ProxyConnection, HeaderNames.ProxyAuthenticate, HeaderNames.TE, HeaderNames.Trailer, HeaderNames.TransferEncoding, HeaderNames.Upgrade,
        // Would send the visitor elsewhere, take our cookie from him, or have his browser report what he opens, links with tokens too.
        HeaderNames.AltSvc, "Clear-Site-Data", "NEL", "Report-To", "Reporting-Endpoints",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private const string ForwardedPrefix = "X-Forwarded-";

    /// <summary>Copies what a visitor says to the app's request, without what is ours or of his connection.</summary>
    public static void CopyToApp(HttpContext context, HttpRequestMessage request, string scheme)
    {
        var headers = context.Request.Headers;
        var named = Named(headers.Connection);
        foreach (var (name, values) in headers)
        {
            if (IsForApp(name) && (named is null || !named.Contains(name)))
                Add(request, name, values);
        }
        if (EdgeCookies.WithoutOurs(headers.Cookie) is { } cookies)
            request.Headers.TryAddWithoutValidation(HeaderNames.Cookie, cookies);
        if (headers.Referer is [{ } referer] && EdgeTarget.CleanOf(referer) is var clean && !ReferenceEquals(clean, referer))
        {
            request.Headers.Remove(HeaderNames.Referer);
            request.Headers.TryAddWithoutValidation(HeaderNames.Referer, clean);
        }
        if (context.Connection.RemoteIpAddress is { } visitor)
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", Text(visitor));
        request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", scheme);
        request.Headers.TryAddWithoutValidation("X-Forwarded-Host", headers.Host.ToString());
    }

    /// <summary>Copies what the app says to the visitor's response.</summary>
    public static void CopyToVisitor(HttpResponseMessage response, HttpResponse to)
    {
        var named = response.Headers.NonValidated.TryGetValues(HeaderNames.Connection, out var connection) ? Named(new StringValues([.. connection])) : null;
        Copy(response.Headers.NonValidated, to, named);
        Copy(response.Content.Headers.NonValidated, to, named);
    }

    private static void Copy(HttpHeadersNonValidated headers, HttpResponse to, HashSet<string>? named)
    {
        foreach (var (name, values) in headers)
        {
            if (NotForVisitors.Contains(name) || (named is not null && named.Contains(name)))
                continue;
            if (name.Equals(HeaderNames.SetCookie, StringComparison.OrdinalIgnoreCase))
                to.Headers.SetCookie = new StringValues([.. values.Select(EdgeCookies.FromApp).OfType<string>()]);
            else
                to.Headers.Append(name, values.Count is 1 ? new StringValues(values.ToString()) : new StringValues([.. values]));
        }
    }

    // Servers that read headers as variables take `X_Forwarded_For` for the one with dashes.
    private static bool IsForApp(string name)
    {
        if (name.StartsWith(':'))
            return false;
        var plain = name.Contains('_', StringComparison.Ordinal) ? name.Replace('_', '-') : name;
        return !NotForApps.Contains(plain) && !plain.StartsWith(ForwardedPrefix, StringComparison.OrdinalIgnoreCase);
    }

    private static void Add(HttpRequestMessage request, string name, StringValues values)
    {
        if (values.Count is 1 ? request.Headers.TryAddWithoutValidation(name, values[0]) : request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            return;
        // .NET has the headers that describe a body with the body.
        request.Content ??= new ByteArrayContent([]);
        request.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
    }

    /// <summary>Headers that the Connection header makes the connection's own; null where there are none, which is nearly always.</summary>
    private static HashSet<string>? Named(StringValues connection)
    {
        if (connection is [] or ["keep-alive" or "Keep-Alive" or "close" or "Upgrade" or "upgrade"])
            return null;
        var names = connection.SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        // What routes and frames a message is not for a visitor to take out.
        names.Remove(HeaderNames.Host);
        names.Remove(HeaderNames.ContentLength);
        return names;
    }

    private static string Text(IPAddress address) => (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
}
