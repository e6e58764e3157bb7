using System.Net;

namespace Miosa.Mcp.Network;

/// <summary>What was decided about one target.</summary>
internal abstract record Verdict
{
    private Verdict()
    {
    }

    /// <param name="Rule">What in the policy lets it pass.</param>
    /// <param name="Addresses">The addresses that were looked at and may be connected to, and no others.</param>
    public sealed record Direct(string Rule, IReadOnlyList<IPAddress> Addresses) : Verdict;

    /// <summary>Through the machine's own proxy, which finds the address itself.</summary>
    public sealed record Upstream(string Rule, Uri Proxy, ICredentials? Credentials) : Verdict;

    /// <param name="Address">The address on account of which, where it was one.</param>
    /// <param name="CanBeAsked">Whether a wider policy would let it pass.</param>
    public sealed record Refused(string Reason, IPAddress? Address = null, bool CanBeAsked = false) : Verdict;

    /// <summary>It might pass, but leads nowhere.</summary>
    public sealed record Unreachable(string Reason) : Verdict;
}
