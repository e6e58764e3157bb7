using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Miosa.Mcp.Network;

/// <summary>
/// Decides whether a sandbox may go where it wants: first by the name, then by the addresses that the name has now.
/// The answer holds the addresses, and only to those a connection is made: a name that answers otherwise a moment
/// later leads nowhere else.
/// </summary>
internal sealed class EgressGate(AddressRules addresses, NameResolver resolve, IOptions<NetworkOptions> options, TimeProvider time)
{
    /// <summary>Names that a proxy elsewhere would find in its own surroundings.</summary>
    private static readonly string[] LocalNames = [".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa"];

    private readonly IWebProxy? _upstream = options.Value.Upstream switch
    {
        NetworkOptions.Direct => null,
        { } address => new WebProxy(address) { Credentials = Credentials(new Uri(address)) },
        null => HttpClient.DefaultProxy,
    };

    public async Task<Verdict> DecideAsync(Asker asker, NetworkPolicy policy, ProxyTarget target, CancellationToken cancellationToken)
    {
        if (policy.RuleFor(target) is not { } rule)
            return new Verdict.Refused("it is not on the sandbox's list of what it may reach", target.Address, CanBeAsked: true);
        if (target.Address is { } literal && addresses.Problem(literal) is { } problem)
            return new Verdict.Refused($"it is {problem}", literal);
        if (Upstream(target) is { } proxy)
            return await DecideAsync(asker, target, rule, proxy, cancellationToken);
        if (target.Address is { } address)
            return new Verdict.Direct(rule, [address]);
        return await ResolveAsync(asker, target.Host, cancellationToken) switch
        {
            (_, { } failure) => new Verdict.Unreachable(failure),
            ([], _) => new Verdict.Unreachable("the name has no address"),
            var (found, _) => Direct(rule, found),
        };
    }

    /// <summary>What forbids an address whatever the policy says; null where nothing does.</summary>
    public string? Problem(IPAddress address) => addresses.Problem(address);

    private Verdict Direct(string rule, IPAddress[] found)
    {
        IPAddress[] passing = [.. found.Where(address => addresses.Problem(address) is null)];
        return passing.Length > 0
            ? new Verdict.Direct(rule, passing)
            : new Verdict.Refused($"the name leads to {addresses.Problem(found[0])}", found[0]);
    }

    /// <summary>What the name leads to is found elsewhere; refused is what can be known here.</summary>
    private async Task<Verdict> DecideAsync(Asker asker, ProxyTarget target, string rule, Uri proxy, CancellationToken cancellationToken)
    {
        if (target.Address is null)
        {
            if (!target.Host.Contains('.', StringComparison.Ordinal) || LocalNames.Any(ending => target.Host.EndsWith(ending, StringComparison.Ordinal)))
                return new Verdict.Refused("it is a name of a local network");
            var (found, _) = await ResolveAsync(asker, target.Host, cancellationToken);
            if (found.Length > 0 && Direct(rule, found) is Verdict.Refused refused)
                return refused;
        }
        return new Verdict.Upstream(rule, proxy, _upstream!.Credentials);
    }

    private async Task<(IPAddress[] Found, string? Failure)> ResolveAsync(Asker asker, string host, CancellationToken cancellationToken)
    {
        // Ends the question too, and not only the wait for it: a queue of those nobody waits for grows for ever.
        using var late = new CancellationTokenSource(options.Value.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            return (await resolve(asker, host, either.Token).WaitAsync(either.Token), null);
        }
        catch (SocketException exception)
        {
            return ([], exception.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData ? "there is no such name" : "the name could not be looked up");
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return ([], "the name was not found in time");
        }
    }

    private Uri? Upstream(ProxyTarget target)
    {
        if (_upstream is null || !Uri.TryCreate($"{(target.Port is 80 ? Uri.UriSchemeHttp : Uri.UriSchemeHttps)}://{target}", UriKind.Absolute, out var uri) || _upstream.IsBypassed(uri))
            return null;
        return _upstream.GetProxy(uri) is { Scheme: "http" } proxy ? proxy : null;
    }

    private static NetworkCredential? Credentials(Uri proxy) =>
        proxy.UserInfo.Split(':', 2) is [{ Length: > 0 } user, var password] ? new NetworkCredential(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password)) : null;
}
