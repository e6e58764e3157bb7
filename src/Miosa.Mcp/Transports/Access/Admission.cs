namespace Miosa.Mcp.Transports.Access;

/// <summary>Whether a text opens anything.</summary>
internal abstract record Admission
{
    private Admission()
    {
    }

    public sealed record Admitted(KeyGrant Grant) : Admission;

    /// <param name="Reason">Tells of a key's state only to who has its text.</param>
    public sealed record Refused(string Reason) : Admission;
}
