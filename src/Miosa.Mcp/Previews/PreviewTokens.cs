using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Miosa.Mcp.Previews;

/// <summary>What opens previews: how it is written, signed and read back.</summary>
internal sealed class PreviewTokens(PreviewKey key)
{
    /// <summary>Before a signed token for one preview.</summary>
    public const string TokenPrefix = "mp_";

    /// <summary>Before a share token, which is random.</summary>
    public const string SharePrefix = "ms_";

    private const string Token = "token";
    private const string Cookie = "cookie";
    private const int Longest = 400;
    private const int MostCookies = 4096;
    private readonly ConcurrentDictionary<string, SignedGrant> _cookies = new(StringComparer.Ordinal);

    public string WriteToken(SignedGrant grant) => TokenPrefix + Write(Token, grant);

    public SignedGrant? ReadToken(string text) => text.StartsWith(TokenPrefix, StringComparison.Ordinal) ? Read(Token, text.AsSpan(TokenPrefix.Length)) : null;

    /// <summary>The same as a cookie holds it. One is not accepted as the other: a cookie says that a password was given.</summary>
    public string WriteCookie(SignedGrant grant) => Write(Cookie, grant);

    public SignedGrant? ReadCookie(string text)
    {
        // A page asks a hundred times with the same one.
        if (_cookies.TryGetValue(text, out var known))
            return known;
        if (Read(Cookie, text) is not { } grant)
            return null;
        if (_cookies.Count >= MostCookies)
            _cookies.Clear();
        return _cookies[text] = grant;
    }

    public static string NewShareToken() => SharePrefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Shares are looked up by this, so that how long it takes tells nothing of a token.</summary>
    public static string Hash(string shareToken) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(shareToken)));

    private string Write(string purpose, SignedGrant grant)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{grant.Id} {grant.Label} {grant.ExpiresAt.ToUnixTimeSeconds()}");
        return $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text))}.{Base64Url.EncodeToString(key.Sign(purpose, text))}";
    }

    private SignedGrant? Read(string purpose, ReadOnlySpan<char> written)
    {
        var dot = written.IndexOf('.');
        if (written.Length > Longest || dot <= 0 || !Base64Url.IsValid(written[..dot]) || !Base64Url.IsValid(written[(dot + 1)..]))
            return null;
        var text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(written[..dot]));
        if (!CryptographicOperations.FixedTimeEquals(Base64Url.DecodeFromChars(written[(dot + 1)..]), key.Sign(purpose, text)))
            return null;
        // Only we can have written what is signed.
        var parts = text.Split(' ');
        return new SignedGrant(parts[0], parts[1], DateTimeOffset.FromUnixTimeSeconds(long.Parse(parts[2], CultureInfo.InvariantCulture)));
    }
}

/// <param name="Id">The grant it stands for.</param>
/// <param name="Label">The one host name it is good for, which is one port of one sandbox.</param>
/// <param name="ExpiresAt">From when on it opens nothing.</param>
internal sealed record SignedGrant(string Id, string Label, DateTimeOffset ExpiresAt);
