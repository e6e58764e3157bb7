using Miosa.Mcp.Network;

namespace Miosa.Mcp.Tests.Network;

public sealed class HttpExchangeTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Origin: yes\r\n\r\nok";

    [Fact]
    public async Task A_request_arrives_as_what_it_is_without_what_was_meant_for_the_proxy()
    {
        using var origin = new Origin();
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing($"good.example:{origin.Port}"));
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync(
            $"GET http://good.example:{origin.Port}/a/../b%7Ec?q=%20 HTTP/1.1\r\nHost: good.example:{origin.Port}\r\nUser-Agent: test\r\nProxy-Connection: keep-alive\r\n" +
            "Proxy-Authorization: Basic c2VjcmV0\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nUpgrade: websocket\r\nTE: trailers\r\nX-Kept: 2\r\n\r\n");

        var asked = await origin.AnswerAsync("\r\n\r\n", Ok);

        Assert.Equal(
            [$"GET /a/../b%7Ec?q=%20 HTTP/1.1", $"Host: good.example:{origin.Port}", "User-Agent: test", "X-Kept: 2"],
            asked.TrimEnd().Split("\r\n").Order(StringComparer.Ordinal));
        var answer = await client.ReadUntilAsync("ok");
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("X-Origin: yes\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Content-Length: 2\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_request_after_another_is_judged_by_itself()
    {
        using var origin = new Origin();
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing($"good.example:{origin.Port}"));
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync(
            $"POST http://good.example:{origin.Port}/1 HTTP/1.1\r\nHost: good.example:{origin.Port}\r\nContent-Length: 4\r\n\r\nbody" +
            "GET http://evil.example/2 HTTP/1.1\r\nHost: evil.example\r\n\r\n");

        Assert.EndsWith("\r\n\r\nbody", await origin.AnswerAsync("body", Ok), StringComparison.Ordinal);

        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadUntilAsync("ok"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(["evil.example 80 it is not on the sandbox's list of what it may reach"], await proxy.EventsAsync(NetworkEvent.Refused));
    }

    [Theory]
    [InlineData("GET http://good.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n")]
    [InlineData("GET http://good.example/ HTTP/1.1\r\nHost: good.example:81\r\n\r\n")]
    [InlineData("GET http://evil.example@good.example/ HTTP/1.1\r\nHost: good.example\r\n\r\n")]
    [InlineData("GET http://good.example#@evil.example/ HTTP/1.1\r\nHost: good.example\r\n\r\n")]
    [InlineData("GET http://good.example\\@evil.example/ HTTP/1.1\r\nHost: good.example\r\n\r\n")]
    [InlineData("GET https://good.example/ HTTP/1.1\r\nHost: good.example\r\n\r\n")]
    [InlineData("GET ftp://good.example/ HTTP/1.1\r\nHost: good.example\r\n\r\n")]
    [InlineData("GET file:///etc/passwd HTTP/1.1\r\nHost: good.example\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: good.example\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: good.example\r\n\r\n")]
    [InlineData("CONNECT good.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n")]
    [InlineData("CONNECT good.example:443 HTTP/1.1\r\nHost: good.example:443\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("POST http://good.example/ HTTP/1.1\r\nHost: good.example\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    public async Task What_names_two_places_or_none_is_not_passed_on(string request)
    {
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing("good.example"));

        var answer = await proxy.AskAsync(request);

        Assert.True(answer.StartsWith("HTTP/1.1 400 ", StringComparison.Ordinal) || answer.StartsWith("HTTP/1.1 403 ", StringComparison.Ordinal), answer);
        Assert.Empty(proxy.LookedUp);
        Assert.Empty(await proxy.EventsAsync(NetworkEvent.Allowed));
    }

    [Theory]
    [InlineData("GET http://me:hunter2@good.example/ HTTP/1.1\r\nHost: good.example\r\n\r\n")]
    [InlineData("CONNECT me:hunter2@good.example:443 HTTP/1.1\r\nHost: good.example:443\r\n\r\n")]
    public async Task A_password_in_an_address_is_not_in_the_journal(string request)
    {
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing("good.example"));

        Assert.StartsWith("HTTP/1.1 403 ", await proxy.AskAsync(request), StringComparison.Ordinal);

        var noted = Assert.Single(await proxy.EventsAsync(NetworkEvent.Refused));
        Assert.StartsWith("good.example", noted, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", noted, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TRACE")]
    [InlineData("trace")]
    public async Task A_request_to_be_shown_what_arrives_is_not_passed_on(string method)
    {
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing("good.example"));

        Assert.StartsWith("HTTP/1.1 405 ", await proxy.AskAsync($"{method} http://good.example/ HTTP/1.1\r\nHost: good.example\r\nMax-Forwards: 0\r\n\r\n"), StringComparison.Ordinal);
        Assert.Empty(proxy.LookedUp);
    }

    [Fact]
    public async Task A_header_longer_than_any_program_sends_is_refused()
    {
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing("good.example"));

        Assert.StartsWith("HTTP/1.1 431 ", await proxy.AskAsync($"GET http://good.example/ HTTP/1.1\r\nHost: good.example\r\nX: {new string('x', ClientReader.LongestHead)}\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_in_chunks_is_passed_on_in_chunks_of_the_proxys_own()
    {
        using var origin = new Origin();
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing($"good.example:{origin.Port}"));
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync($"PUT http://good.example:{origin.Port}/ HTTP/1.1\r\nHost: good.example:{origin.Port}\r\nTransfer-Encoding: chunked\r\n\r\n00004\r\nfour\r\nA\r\nten-letter\r\n0\r\n\r\n");

        var asked = await origin.AnswerAsync("\r\n0\r\n\r\n", Ok);

        Assert.Contains("Transfer-Encoding: chunked\r\n", asked, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n4\r\nfour\r\nA\r\nten-letter\r\n0\r\n\r\n", asked, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4;x=\r\nfour\r\n0\r\n\r\n")]
    [InlineData("4\nfour\r\n0\r\n\r\n")]
    [InlineData("-4\r\nfour\r\n0\r\n\r\n")]
    [InlineData("0x4\r\nfour\r\n0\r\n\r\n")]
    [InlineData("4 \r\nfour\r\n0\r\n\r\n")]
    [InlineData("FFFFFFFFFFFFFFFF\r\nfour")]
    [InlineData("4\r\nfourteen\r\n0\r\n\r\n")]
    [InlineData("0\r\nX-Trailer: 1\r\n\r\n")]
    public async Task A_body_in_chunks_that_are_not_plainly_that_does_not_end_at_the_origin(string body)
    {
        using var origin = new Origin();
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing($"good.example:{origin.Port}"));
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync($"POST http://good.example:{origin.Port}/ HTTP/1.1\r\nHost: good.example:{origin.Port}\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        await using var connection = await origin.AcceptAsync();

        Assert.DoesNotContain("0\r\n\r\n", await connection.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_of_unknown_length_ends_where_the_origin_ends_it()
    {
        using var origin = new Origin();
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing($"good.example:{origin.Port}"));
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync($"GET http://good.example:{origin.Port}/ HTTP/1.1\r\nHost: good.example:{origin.Port}\r\nConnection: close\r\n\r\n");

        await origin.AnswerAsync("\r\n\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end");

        var answer = await client.ReadToEndAsync();
        Assert.Contains("Transfer-Encoding: chunked\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nd\r\nuntil the end\r\n0\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_is_the_programs_to_follow_and_to_a_private_address_it_is_refused()
    {
        using var origin = new Origin();
        await using var proxy = await RunningProxy.StartAsync(new NetworkPolicy { Preset = NetworkPreset.Web, Allow = [HostPattern.Parse($"good.example:{origin.Port}")!] });
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync($"GET http://good.example:{origin.Port}/ HTTP/1.1\r\nHost: good.example:{origin.Port}\r\n\r\n");

        await origin.AnswerAsync("\r\n\r\n", "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/meta-data/\r\nContent-Length: 0\r\n\r\n");

        Assert.Contains("Location: http://169.254.169.254/latest/meta-data/\r\n", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
        var refused = await proxy.AskAsync("GET http://169.254.169.254/latest/meta-data/ HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 403 ", refused, StringComparison.Ordinal);
        Assert.Contains("metadata", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_is_no_HTTP_is_told_as_that()
    {
        using var origin = new Origin();
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing($"good.example:{origin.Port}"));
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync($"GET http://good.example:{origin.Port}/ HTTP/1.1\r\nHost: good.example:{origin.Port}\r\n\r\n");

        await origin.AnswerAsync("\r\n\r\n", "SSH-2.0-OpenSSH\r\n");

        Assert.StartsWith("HTTP/1.1 502 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }
}
