using System.Net;

namespace Miosa.EndToEnd.Tests.Network;

/// <summary>
/// A host that finds names by a name server of the test: in a mount namespace with a resolv.conf of its own, so that
/// nothing else on this machine notices. With its own home and the shared template.
/// </summary>
internal sealed class NamedHost : IAsyncDisposable
{
    private readonly BorrowedHome _home;
    private readonly MiosaProcess _process;

    private NamedHost(BorrowedHome home, NameServer names, MiosaProcess process, Client client) => (_home, Names, _process, Client) = (home, names, process, client);

    public NameServer Names { get; }

    public Client Client { get; }

    /// <param name="reachable">Addresses that are the internet of this test.</param>
    public static async Task<NamedHost> StartAsync(SharedHost shared, params IEnumerable<IPAddress> reachable)
    {
        Assert.SkipWhen(shared.Refusal is not null, shared.Refusal ?? "");
        var home = await BorrowedHome.CreateAsync();
        var names = NameServer.Start();
        var resolver = Path.Combine(home.Path, "resolv.conf");
        await File.WriteAllTextAsync(resolver, $"nameserver {names.Address}\n", TestContext.Current.CancellationToken);
        await home.SetAsync(new { Network = new { Upstream = "none", AllowPrivate = reachable.Select(address => address.ToString()) } });
        var process = await MiosaProcess.ServeThroughAsync(
            ["unshare", "--mount", "--propagation", "slave", "sh", "-ec", "mount --bind \"$1\" /etc/resolv.conf; shift; exec \"$@\"", "sh", resolver], home.Path, "--http", "none");
        return new NamedHost(home, names, process, await Client.StdioAsync(home.Path, "--toolsets", "all"));
    }

    public async Task<SandboxClient> SandboxAsync(string network)
    {
        var created = await Client.CallAsync("sandbox_create", new { network });
        return await SharedHost.RunningAsync(await Client.StdioAsync(_home.Path, "--toolsets", "all"), created);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _process.DisposeAsync();
        await Names.DisposeAsync();
        await _home.DisposeAsync();
    }
}
