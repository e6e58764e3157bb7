namespace Miosa.Mcp.Previews.Edge;

/// <summary>Whether a visitor is let in.</summary>
internal abstract record Admission
{
    private Admission()
    {
    }

    /// <summary>He is told what everybody is told of names that are nobody's.</summary>
    public sealed record Unknown : Admission;

    /// <summary>What he brings was good for this preview, and is no more.</summary>
    public sealed record Ended(bool HasExpired) : Admission;

    public sealed record PasswordWanted(LivePreview Preview, LiveGrant Share, string Token) : Admission;

    /// <param name="Preview">Where he goes.</param>
    /// <param name="Grant">By what; nothing, where the preview is public.</param>
    /// <param name="ByToken">The token was in the address, and is to be exchanged for a cookie.</param>
    public sealed record Allowed(LivePreview Preview, LiveGrant? Grant, bool ByToken) : Admission;
}
