namespace Miosa.Mcp.Transports.Access;

/// <param name="Text">The key or token itself, which is shown once and not kept.</param>
/// <param name="Entry">What is kept of it.</param>
internal sealed record NewKey(string Text, KeyEntry Entry)
{
    /// <summary>Whoever prints this by mistake prints no secret.</summary>
    public override string ToString() => Entry.Principal;
}
