using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Network;

namespace Miosa.Mcp.Tests.Network;

public sealed class EgressGateTests
{
    private static readonly NetworkPolicy Web = new() { Preset = NetworkPreset.Web };
    private static readonly Asker Somebody = new("acme", "sbx_1");
    private readonly FakeTime _time = new();

    [Theory]
    [InlineData("127.0.0.1:80")]
    [InlineData("10.1.2.3:443")]
    [InlineData("169.254.169.254:80")]
    [InlineData("[::1]:80")]
    [InlineData("[::ffff:127.0.0.1]:80")]
    [InlineData("[::ffff:7f00:1]:80")]
    [InlineData("[fd00:ec2::254]:80")]
    public async Task An_address_that_is_not_public_is_refused_and_no_policy_can_be_asked_for(string target)
    {
        var policy = Web with { Allow = [HostPattern.Parse(target)!] };

        var verdict = await Gate(new()).DecideAsync(Somebody, policy, ProxyTarget.Parse(target, null)!, CancellationToken.None);

        Assert.False(Assert.IsType<Verdict.Refused>(verdict).CanBeAsked);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("192.168.0.10")]
    [InlineData("100.64.1.1")]
    [InlineData("fe80::1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("64:ff9b::a00:1")]
    public async Task A_name_that_leads_to_such_an_address_is_refused_with_the_address(string address)
    {
        var verdict = await Gate(new(), address).DecideAsync(Somebody, Web, new("innocent.example", 443), CancellationToken.None);

        Assert.Equal(IPAddress.Parse(address), Assert.IsType<Verdict.Refused>(verdict).Address);
    }

    [Fact]
    public async Task Of_a_name_with_both_kinds_of_addresses_only_the_public_ones_are_used()
    {
        var verdict = await Gate(new(), "10.0.0.1", "8.8.8.8").DecideAsync(Somebody, Web, new("both.example", 443), CancellationToken.None);

        Assert.Equal([IPAddress.Parse("8.8.8.8")], Assert.IsType<Verdict.Direct>(verdict).Addresses);
    }

    [Fact]
    public async Task A_name_that_is_not_allowed_is_not_even_looked_up()
    {
        var gate = Gate(new(), _ => throw new InvalidOperationException("It was looked up."));

        var verdict = await gate.DecideAsync(Somebody, new NetworkPolicy { Preset = NetworkPreset.Packages }, new("secret-data.evil.example", 443), CancellationToken.None);

        Assert.True(Assert.IsType<Verdict.Refused>(verdict).CanBeAsked);
    }

    [Fact]
    public async Task An_address_of_this_machine_is_refused_whatever_kind_it_is()
    {
        var own = new MachineNetworks(_time).Read().Select(network => network.BaseAddress).ToList();

        Assert.NotEmpty(own);
        Assert.All(own, address => Assert.NotNull(Rules(new()).Problem(address)));
        Assert.IsType<Verdict.Refused>(await Gate(new(), own[^1].ToString()).DecideAsync(Somebody, Web, new("me.example", 80), CancellationToken.None));
    }

    [Fact]
    public async Task The_operator_can_except_an_address_and_nothing_beside_it_is()
    {
        var options = new NetworkOptions { AllowPrivate = { "10.9.0.0/16", "127.0.0.2" } };

        Assert.IsType<Verdict.Direct>(await Gate(options, "10.9.8.7").DecideAsync(Somebody, Web, new("mirror.example", 80), CancellationToken.None));
        Assert.IsType<Verdict.Refused>(await Gate(options, "10.8.8.7").DecideAsync(Somebody, Web, new("mirror.example", 80), CancellationToken.None));
        Assert.IsType<Verdict.Direct>(await Gate(options).DecideAsync(Somebody, Web, ProxyTarget.Parse("127.0.0.2:80", null)!, CancellationToken.None));
        Assert.IsType<Verdict.Refused>(await Gate(options).DecideAsync(Somebody, Web, ProxyTarget.Parse("[::ffff:127.0.0.2]:80", null)!, CancellationToken.None));
    }

    [Fact]
    public async Task An_exception_for_an_address_does_not_allow_a_host()
    {
        var options = new NetworkOptions { AllowPrivate = { "10.9.0.0/16" } };

        Assert.IsType<Verdict.Refused>(await Gate(options, "10.9.8.7").DecideAsync(Somebody, new NetworkPolicy { Preset = NetworkPreset.None }, new("mirror.example", 80), CancellationToken.None));
    }

    [Fact]
    public async Task A_name_that_nobody_knows_leads_nowhere()
    {
        var gate = Gate(new(), _ => throw new SocketException((int)SocketError.HostNotFound));

        Assert.IsType<Verdict.Unreachable>(await gate.DecideAsync(Somebody, Web, new("nowhere.example", 443), CancellationToken.None));
    }

    [Fact]
    public async Task A_name_that_is_not_answered_is_given_up()
    {
        var question = CancellationToken.None;
        var gate = Gate(new(), (_, _, cancellationToken) =>
        {
            question = cancellationToken;
            return new TaskCompletionSource<IPAddress[]>().Task;
        });
        var asking = gate.DecideAsync(Somebody, Web, new("slow.example", 443), CancellationToken.None);
        Assert.False(question.IsCancellationRequested);

        _time.Advance(TimeSpan.FromSeconds(21));

        Assert.IsType<Verdict.Unreachable>(await asking.InTime());
        Assert.True(question.IsCancellationRequested, "The question goes on, and nobody waits for its answer.");
    }

    [Fact]
    public async Task Behind_a_proxy_of_the_machine_refused_is_what_can_be_known_here()
    {
        var options = new NetworkOptions { Upstream = "http://proxy.company.example:8080" };

        Assert.IsType<Verdict.Upstream>(await Gate(options, "8.8.8.8").DecideAsync(Somebody, Web, new("public.example", 443), CancellationToken.None));
        Assert.IsType<Verdict.Upstream>(await Gate(options, _ => throw new SocketException((int)SocketError.HostNotFound)).DecideAsync(Somebody, Web, new("unknown-here.example", 443), CancellationToken.None));
        Assert.IsType<Verdict.Refused>(await Gate(options, "10.0.0.1").DecideAsync(Somebody, Web, new("inside.example", 443), CancellationToken.None));
        Assert.IsType<Verdict.Refused>(await Gate(options).DecideAsync(Somebody, Web, ProxyTarget.Parse("127.0.0.1:80", null)!, CancellationToken.None));
        Assert.IsType<Verdict.Refused>(await Gate(options).DecideAsync(Somebody, Web, new("metadata.google.internal", 80), CancellationToken.None));
        Assert.IsType<Verdict.Refused>(await Gate(options).DecideAsync(Somebody, new NetworkPolicy { Preset = NetworkPreset.None, Allow = [HostPattern.Parse("localhost:80")!] }, new("localhost", 80), CancellationToken.None));
    }

    private EgressGate Gate(NetworkOptions options, params string[] addresses) => Gate(options, _ => Task.FromResult(addresses.Select(IPAddress.Parse).ToArray()));

    private EgressGate Gate(NetworkOptions options, Func<string, Task<IPAddress[]>> resolve) => Gate(options, (_, host, _) => resolve(host));

    private EgressGate Gate(NetworkOptions options, NameResolver resolve)
    {
        options.Upstream ??= NetworkOptions.Direct;
        return new(Rules(options), resolve, Options.Create(options), _time);
    }

    private AddressRules Rules(NetworkOptions options) => new(Options.Create(options), new MachineNetworks(_time));
}
