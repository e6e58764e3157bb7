namespace Miosa.Mcp.Calls;

/// <summary>Whether a call may be made.</summary>
internal abstract record Decision
{
    private Decision()
    {
    }

    public sealed record Allow : Decision;

    /// <summary>A person has to say so first.</summary>
    public sealed record Ask(string Reason) : Decision;

    public sealed record Deny(string Reason) : Decision;
}
