using Miosa.Mcp.Network;

namespace Miosa.Mcp.Tests.Network;

public sealed class TunnelTests
{
    private const string Established = "HTTP/1.1 200 Connection established\r\n\r\n";

    [Fact]
    public async Task A_tunnel_passes_bytes_both_ways_and_both_ends()
    {
        using var origin = new Origin();
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing($"good.example:{origin.Port}"));
        await using var client = await proxy.ConnectAsync();

        // What is sent along with the question belongs to the tunnel already.
        await client.SendAsync($"CONNECT good.example:{origin.Port} HTTP/1.1\r\nHost: good.example:{origin.Port}\r\n\r\nearly ");
        Assert.Equal(Established, await client.ReadUntilAsync("\r\n\r\n"));
        await using var server = await origin.AcceptAsync();
        await client.SendAsync("and late");
        client.EndSending();
        Assert.Equal("early and late", await server.ReadToEndAsync());
        await server.SendAsync("answer");
        server.EndSending();
        Assert.Equal("answer", await client.ReadToEndAsync());

        Assert.Equal([$"good.example {origin.Port} 127.0.0.2 allow good.example:{origin.Port}"], await proxy.EventsAsync(NetworkEvent.Allowed));
        IReadOnlyList<string> closed = [];
        while ((closed = await proxy.EventsAsync(NetworkEvent.Closed)).Count is 0)
            await Task.Yield();
        Assert.Equal([$"good.example {origin.Port} 127.0.0.2 14 6"], closed);
    }

    [Fact]
    public async Task A_host_that_is_not_allowed_is_refused_with_the_way_to_ask()
    {
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing("good.example"));

        var answer = await proxy.AskAsync("CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        Assert.Contains("network_set", answer, StringComparison.Ordinal);
        Assert.Contains("allow [\"evil.example\"]", answer, StringComparison.Ordinal);
        Assert.Equal(["evil.example 443 it is not on the sandbox's list of what it may reach"], await proxy.EventsAsync(NetworkEvent.Refused));
        Assert.Equal(["evil.example:443"], proxy.Proxy.Log.RefusedSince(0).Select(target => target.ToString()));
        Assert.Empty(proxy.LookedUp);
    }

    [Theory]
    [InlineData("2130706433:80")]
    [InlineData("0x7f000001:80")]
    [InlineData("0177.0.0.1:80")]
    [InlineData("127.1:80")]
    [InlineData("[fe80::1%lo]:80")]
    [InlineData("/etc/passwd")]
    public async Task What_is_no_host_and_port_is_refused(string target)
    {
        await using var proxy = await RunningProxy.StartAsync(new NetworkPolicy { Preset = NetworkPreset.Web });

        Assert.StartsWith("HTTP/1.1 403 ", await proxy.AskAsync($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n"), StringComparison.Ordinal);
        Assert.Single(await proxy.EventsAsync(NetworkEvent.Refused));
    }

    [Fact]
    public async Task A_name_whose_answer_changes_is_looked_up_once_for_each_connection_and_judged_anew()
    {
        using var origin = new Origin();
        var answers = new Queue<string>(["127.0.0.2", "127.0.0.3", "10.0.0.1"]);
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing($"rebind.example:{origin.Port}"), _ => answers.Dequeue());
        var ask = $"CONNECT rebind.example:{origin.Port} HTTP/1.1\r\nHost: rebind.example:{origin.Port}\r\n\r\n";

        await using var first = await proxy.ConnectAsync();
        await first.SendAsync(ask);
        Assert.Equal(Established, await first.ReadUntilAsync("\r\n\r\n"));
        await using var server = await origin.AcceptAsync();
        Assert.Single(proxy.LookedUp);
        Assert.StartsWith("HTTP/1.1 403 ", await proxy.AskAsync(ask), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403 ", await proxy.AskAsync(ask), StringComparison.Ordinal);

        Assert.False(origin.HasVisitor);
        Assert.Equal(3, proxy.LookedUp.Count);
    }

    [Fact]
    public async Task A_policy_that_no_longer_allows_it_cuts_an_open_tunnel_and_leaves_the_others()
    {
        using var one = new Origin();
        using var other = new Origin();
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing($"one.example:{one.Port}", $"other.example:{other.Port}"));
        await using var first = await OpenAsync(proxy, "one.example", one.Port);
        await using var second = await OpenAsync(proxy, "other.example", other.Port);
        await using var firstServer = await one.AcceptAsync();
        await using var secondServer = await other.AcceptAsync();

        Assert.Equal(1, proxy.Proxy.Apply(RunningProxy.Allowing($"other.example:{other.Port}")));

        Assert.Equal("", await first.ReadToEndAsync());
        Assert.Equal("", await firstServer.ReadToEndAsync());
        await second.SendAsync("still\n");
        Assert.Equal("still\n", await secondServer.ReadUntilAsync("\n"));
    }

    [Fact]
    public async Task A_tunnel_over_which_nothing_passes_is_closed_after_a_while()
    {
        using var origin = new Origin();
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing($"good.example:{origin.Port}"));
        await using var client = await OpenAsync(proxy, "good.example", origin.Port);
        await using var server = await origin.AcceptAsync();
        await client.SendAsync("a\n");
        await server.ReadUntilAsync("\n");
        await server.SendAsync("b\n");
        await client.ReadUntilAsync("\n");

        proxy.Time.Advance(proxy.Proxy.Options.IdleTimeout - TimeSpan.FromSeconds(1));
        await client.SendAsync("c\n");
        await server.ReadUntilAsync("\n");
        proxy.Time.Advance(TimeSpan.FromSeconds(2));
        await client.SendAsync("d\n");
        await server.ReadUntilAsync("\n");
        proxy.Time.Advance(proxy.Proxy.Options.IdleTimeout);

        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Equal("", await server.ReadToEndAsync());
    }

    [Fact]
    public async Task A_program_that_does_not_say_what_it_wants_is_not_waited_for()
    {
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing("good.example"));
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync("CONNECT good.ex");
        await Bounded.UntilAsync(() => proxy.Time.Awaits(proxy.Proxy.Options.RequestTimeout));

        proxy.Time.Advance(proxy.Proxy.Options.RequestTimeout);

        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task No_more_connections_than_its_share_are_served_and_the_next_is_when_one_ends()
    {
        using var origin = new Origin();
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing($"good.example:{origin.Port}"), set: options => options.MostConnections = 2);
        await using var first = await OpenAsync(proxy, "good.example", origin.Port);
        await using var second = await OpenAsync(proxy, "good.example", origin.Port);
        await using var third = await proxy.ConnectAsync();
        await third.SendAsync(Connect("good.example", origin.Port));
        var answer = third.ReadUntilAsync("\r\n\r\n");
        Assert.Equal(2, proxy.LookedUp.Count);
        Assert.False(answer.IsCompleted);

        await first.DisposeAsync();
        await (await origin.AcceptAsync()).DisposeAsync();

        Assert.Equal(Established, await answer.InTime());
    }

    [Fact]
    public async Task A_program_that_asks_without_end_waits_for_its_refusals_and_nothing_else_does()
    {
        using var origin = new Origin();
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing($"good.example:{origin.Port}"));
        for (var i = 0; i <= DecisionLog.Flood; i++)
            await proxy.NoteAsync("evil.example");
        var refused = proxy.AskAsync("CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n");
        await Bounded.UntilAsync(() => proxy.Time.Awaits(TimeSpan.FromSeconds(1)));
        await using var client = await OpenAsync(proxy, "good.example", origin.Port);
        Assert.False(refused.IsCompleted);

        proxy.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.StartsWith("HTTP/1.1 403 ", await refused.InTime(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_end_of_the_proxy_ends_what_goes_over_it()
    {
        using var origin = new Origin();
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing($"good.example:{origin.Port}"));
        await using var client = await OpenAsync(proxy, "good.example", origin.Port);

        await proxy.Proxy.DisposeAsync().AsTask().InTime();

        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_host_that_does_not_listen_is_told_as_that()
    {
        using var origin = new Origin();
        var port = origin.Port;
        origin.Dispose();
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing($"gone.example:{port}"));

        var answer = await proxy.AskAsync(Connect("gone.example", port));

        Assert.StartsWith("HTTP/1.1 502 ", answer, StringComparison.Ordinal);
        Assert.Contains("refused the connection", answer, StringComparison.Ordinal);
        Assert.Equal([$"gone.example {port} it refused the connection"], await proxy.EventsAsync(NetworkEvent.Failed));
    }

    [Fact]
    public async Task Behind_a_proxy_of_the_machine_the_tunnel_leads_through_that()
    {
        using var upstream = new Origin();
        await using var proxy = await RunningProxy.StartAsync(
            RunningProxy.Allowing("good.example"), _ => "8.8.8.8", options => options.Upstream = $"http://us%65r:pass@127.0.0.2:{upstream.Port}");
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync(Connect("good.example", 443));
        await using var chained = await upstream.AcceptAsync();

        Assert.Equal("CONNECT good.example:443 HTTP/1.1\r\nHost: good.example:443\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n", await chained.ReadUntilAsync("\r\n\r\n"));
        await chained.SendAsync("HTTP/1.1 200 OK\r\nX: y\r\n\r\nhello");

        Assert.Equal(Established + "hello", await client.ReadUntilAsync("hello"));
        Assert.Equal(["good.example 443 allow good.example (this machine's proxy finds the address)"], await proxy.EventsAsync(NetworkEvent.Allowed));
    }

    private static async Task<Dialogue> OpenAsync(RunningProxy proxy, string host, int port)
    {
        var client = await proxy.ConnectAsync();
        await client.SendAsync(Connect(host, port));
        Assert.Equal(Established, await client.ReadUntilAsync("\r\n\r\n"));
        return client;
    }

    private static string Connect(string host, int port) => $"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n";
}
