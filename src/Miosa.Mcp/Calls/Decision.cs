namespace Miosa.Mcp.Calls;

/// <summary>Whether a call may be made, and why, in words.</summary>
internal abstract record Decision
{
    private Decision()
    {
    }

    /// <param name="Reasons">Why it would not have been without what a person said; empty where nothing stood in the way.</param>
    /// <param name="Grant">The standing consent that it rests on.</param>
    public sealed record Allow(IReadOnlyList<string> Reasons, Grant? Grant = null) : Decision;

    /// <summary>A person has to say so first.</summary>
    public sealed record Ask(IReadOnlyList<string> Reasons) : Decision;

    public sealed record Deny(IReadOnlyList<string> Reasons) : Decision;
}
