using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Miosa.Mcp.Previews.Edge;

/// <summary>
/// Says who is let in. Without proof that he was ever allowed here, a visitor learns nothing: a name that is guessed, a
/// token that is forged or of another preview, and a name that is nobody's get one and the same answer.
/// </summary>
internal sealed class EdgeGate(PreviewDirectory directory, PreviewTokens tokens, EdgeCookies cookies, IOptions<PreviewOptions> options, TimeProvider time)
{
    private static readonly Admission.Unknown Unknown = new();
    private static readonly TimeSpan LongestCookie = TimeSpan.FromDays(30);

    public Admission Admit(HttpRequest request, string? token)
    {
        if (LabelOf(request) is not { } label)
            return Unknown;
        var preview = directory.Find(label);
        if (preview is null && !directory.IsOfLiving(label))
            return Unknown;
        if (preview?.Row.Access is PreviewAccess.Public && options.Value.AllowPublic)
            return new Admission.Allowed(preview, null, ByToken: false);
        if (token is not null)
            return token.StartsWith(PreviewTokens.SharePrefix, StringComparison.Ordinal) ? ByShare(label, preview, token) : BySigned(label, preview, tokens.ReadToken(token), byToken: true);

        Admission found = Unknown;
        if (!IsFromItself(request, label))
            return found;
        foreach (var cookie in cookies.Read(request.Headers.Cookie))
        {
            var admission = BySigned(label, preview, tokens.ReadCookie(cookie), byToken: false);
            if (admission is Admission.Allowed)
                return admission;
            if (admission is Admission.Ended)
                found = admission;
        }
        return found;
    }

    /// <summary>The share that a visitor gives a password for; null where there is none that wants one.</summary>
    public Admission.PasswordWanted? FindShare(HttpRequest request, string token) =>
        LabelOf(request) is { } label && IsFromItself(request, label) ? ByShare(label, directory.Find(label), token) as Admission.PasswordWanted : null;

    /// <summary>A Set-Cookie header for who has been let in by a grant.</summary>
    public string CookieFor(LivePreview preview, LiveGrant grant)
    {
        var now = time.GetUtcNow();
        var expires = grant.Row.ExpiresAt is { } end && end < now + LongestCookie ? end : now + LongestCookie;
        return cookies.Set(tokens.WriteCookie(new SignedGrant(grant.Row.Id, preview.Row.Label, expires)), expires - now + PreviewDirectory.Remembered);
    }

    private string? LabelOf(HttpRequest request) => PreviewNames.LabelOf(request.Headers.Host.ToString(), options.Value.Domain);

    private Admission BySigned(string label, LivePreview? preview, SignedGrant? signed, bool byToken)
    {
        if (signed is null || !string.Equals(signed.Label, label, StringComparison.Ordinal))
            return Unknown;
        var now = time.GetUtcNow();
        if (signed.ExpiresAt <= now)
            return new Admission.Ended(HasExpired: true);
        return preview is not null && preview.Grants.TryGetValue(signed.Id, out var grant) && grant.IsLive(now)
            ? new Admission.Allowed(preview, grant, byToken)
            : new Admission.Ended(HasExpired: false);
    }

    private Admission ByShare(string label, LivePreview? preview, string token)
    {
        if (directory.FindShare(PreviewTokens.Hash(token)) is not { } share || !directory.IsOf(share, label))
            return Unknown;
        var now = time.GetUtcNow();
        if (preview is null || share.Row.PreviewId != preview.Row.Id || !share.IsLive(now))
            return new Admission.Ended(share.Row.RevokedAt is null && share.Row.ExpiresAt <= now);
        return share.Row.Password is null ? new Admission.Allowed(preview, share, ByToken: true) : new Admission.PasswordWanted(preview, share, token);
    }

    /// <summary>
    /// Whether a page of the same sandbox sent this, or a person followed a link. A cookie alone says who the visitor is,
    /// not that he meant it: pages of other sandboxes may share a domain with this one, and WebSockets know no origin.
    /// </summary>
    private bool IsFromItself(HttpRequest request, string label)
    {
        var headers = request.Headers;
        if (headers.Origin is not [])
        {
            return headers.Origin is [{ } origin] && Uri.TryCreate(origin, UriKind.Absolute, out var page)
                && page.Scheme == (options.Value.UsesTls ? "https" : "http")
                && PreviewNames.LabelOf(page.Authority, options.Value.Domain) is { } other && PreviewNames.SlugOf(other).SequenceEqual(PreviewNames.SlugOf(label));
        }
        return headers["Sec-Fetch-Site"].ToString() is not ("cross-site" or "same-site") || headers["Sec-Fetch-Mode"] == "navigate";
    }
}
