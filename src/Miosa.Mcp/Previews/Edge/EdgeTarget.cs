namespace Miosa.Mcp.Previews.Edge;

/// <summary>What a request asks for, as it was sent, with what is ours taken out.</summary>
/// <param name="Clean">Path and query for the app: nothing decoded, nothing of ours.</param>
/// <param name="Token">The preview or share token that was in the query.</param>
internal readonly record struct EdgeTarget(string Clean, string? Token)
{
    public const string TokenParameter = "mp_token";
    public const string ShareParameter = "ms_token";

    /// <summary>Paths below this are the edge's own, on every name.</summary>
    public const string OwnPath = "/__miosa/";

    public bool IsOwn => Clean.StartsWith(OwnPath, StringComparison.Ordinal);

    /// <summary>Reads a target that is a path; null for any other form, which only proxies and attackers send.</summary>
    public static EdgeTarget? Parse(string raw)
    {
        if (!raw.StartsWith('/') || raw.AsSpan().ContainsAnyExceptInRange('!', '~'))
            return null;
        var query = raw.IndexOf('?', StringComparison.Ordinal);
        return query < 0 || !HasToken(raw) ? new EdgeTarget(raw, null) : WithoutToken(raw, query);
    }

    /// <summary>An address, such as a Referer holds, without tokens.</summary>
    public static string CleanOf(string address)
    {
        var query = address.IndexOf('?', StringComparison.Ordinal);
        return query < 0 || !HasToken(address) ? address : WithoutToken(address, query).Clean;
    }

    private static bool HasToken(string text) =>
        text.Contains(TokenParameter + "=", StringComparison.Ordinal) || text.Contains(ShareParameter + "=", StringComparison.Ordinal);

    private static EdgeTarget WithoutToken(string raw, int query)
    {
        string? token = null;
        List<string> kept = [];
        foreach (var part in raw[(query + 1)..].Split('&'))
        {
            if (part.StartsWith(TokenParameter + "=", StringComparison.Ordinal) || part.StartsWith(ShareParameter + "=", StringComparison.Ordinal))
                token = Uri.UnescapeDataString(part[(TokenParameter.Length + 1)..]);
            else
                kept.Add(part);
        }
        return new EdgeTarget(kept.Count is 0 ? raw[..query] : $"{raw[..query]}?{string.Join('&', kept)}", token);
    }
}
