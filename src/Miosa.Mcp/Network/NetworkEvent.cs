using System.Net;

namespace Miosa.Mcp.Network;

/// <summary>Something that was decided or happened at the way out of a sandbox. Equal ones are told together.</summary>
/// <param name="Type">`network.allowed`, `.refused`, `.failed` or `.closed`.</param>
/// <param name="Why">The rule that let it pass, or the reason for which it did not.</param>
internal sealed record NetworkEvent(string Type, string Host, int Port, IPAddress? Address, string? Why)
{
    public const string Allowed = "network.allowed";
    public const string Refused = "network.refused";
    public const string Failed = "network.failed";
    public const string Closed = "network.closed";
}
