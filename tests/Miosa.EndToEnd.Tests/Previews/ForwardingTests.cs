using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests.Previews;

/// <summary>An app behind the edge works as it does without.</summary>
public sealed class ForwardingTests(SharedHost host)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_app_gets_the_request_as_it_was_sent_with_who_sent_it_and_nothing_of_ours()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = await shown.EnterAsync();
        const string target = "/a%2Fb/../c//d?x=1&x=%20&y=a+b&empty";
        var request = new HttpRequestMessage(HttpMethod.Put, new Uri($"http://{shown.Url.Authority}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))
        {
            Content = new StringContent("a body", Encoding.UTF8, "text/x-test"),
        };
        request.Headers.TryAddWithoutValidation("Cookie", $"theirs=1; {visitor.Cookie}; other=2");
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", "6.6.6.6");
        request.Headers.TryAddWithoutValidation("X_Forwarded_Host", "evil.example");
        request.Headers.TryAddWithoutValidation("Forwarded", "for=6.6.6.6");
        request.Headers.TryAddWithoutValidation("Proxy", "http://evil.example");
        request.Headers.TryAddWithoutValidation("Connection", "X-Hop, Cookie-Not, X-Forwarded-Proto");
        request.Headers.TryAddWithoutValidation("X-Hop", "1");
        request.Headers.TryAddWithoutValidation("X-Own", "ä");
        request.Headers.TryAddWithoutValidation("Referer", $"{shown.Url}deep?a=1&mp_token=mp_secret&b=2");

        using var answer = await visitor.SendAsync(request);
        var seen = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancelled))!;
        var headers = seen["headers"]!;

        Assert.Equal(("PUT", target, "a body"), ((string)seen["method"]!, (string)seen["url"]!, (string)seen["body"]!));
        Assert.Equal("theirs=1; other=2", (string)headers["cookie"]!);
        Assert.Equal(shown.Url.Authority, (string)headers["host"]!);
        Assert.Equal(("127.0.0.1", "http", shown.Url.Authority), ((string)headers["x-forwarded-for"]!, (string)headers["x-forwarded-proto"]!, (string)headers["x-forwarded-host"]!));
        Assert.Equal($"{shown.Url}deep?a=1&b=2", (string)headers["referer"]!);
        Assert.Equal("text/x-test; charset=utf-8", (string)headers["content-type"]!);
        Assert.All(["x_forwarded_host", "forwarded", "proxy", "x-hop", "expect", "te", "upgrade"], name => Assert.Null(headers[name]));
        Assert.DoesNotContain("miosa_preview", seen.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("mp_", seen.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_app_answers_reaches_the_visitor_but_not_what_would_take_the_edge_from_him()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = await shown.EnterAsync();

        using var notFound = await visitor.GetAsync(shown.At("/x?status=404"));
        using var empty = await visitor.GetAsync(shown.At("/x?status=304"));
        using var cookies = await visitor.GetAsync(shown.At("/cookies"));
        using var head = await visitor.SendAsync(new HttpRequestMessage(HttpMethod.Head, shown.At("/big?bytes=5000&length=1")));

        Assert.Equal((HttpStatusCode.NotFound, "application/json"), (notFound.StatusCode, notFound.Content.Headers.ContentType!.ToString()));
        Assert.Equal(HttpStatusCode.NotModified, empty.StatusCode);
        Assert.Equal(["mine=1; Path=/"], cookies.Headers.GetValues("Set-Cookie"));
        Assert.All(["Clear-Site-Data", "Alt-Svc", "NEL", "Report-To"], name => Assert.False(cookies.Headers.Contains(name), name));
        Assert.Equal(5000, head.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task A_strong_sandbox_is_shown_like_any_other_also_after_it_slept()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var client = await host.ConnectAsync();
        var created = await client.CallAsync("sandbox_create", new { isolation = "strong" });
        Assert.SkipWhen((string)created["state"]! is "error", "This machine has no runtime for isolation strong.");
        await using var shown = await Shown.StartAsync(new SandboxClient(await host.ConnectAsync(), (string)created["sandbox_id"]!, created));
        Assert.Equal("ready", (string)shown.Exposed["status"]!);
        using var visitor = await shown.EnterAsync();
        using var socket = await visitor.SocketAsync(shown.At("/socket"));

        Assert.Equal("/x", (string)(await visitor.JsonAsync(shown.At("/x")))["url"]!);
        Assert.Equal("hello", await socket.AskAsync("hello"));
        Assert.Equal(3_000_000, (await visitor.TextAsync(shown.At("/big?bytes=3000000"))).Length);

        await using var lifecycle = await Client.StdioAsync(SharedHost.Home, "--toolsets", "lifecycle");
        await lifecycle.CallAsync("sandbox_pause", new { sandbox_id = shown.Sandbox.Id });
        Assert.Equal("/x", (string)(await visitor.JsonAsync(shown.At("/x")))["url"]!);
        await lifecycle.CallAsync("sandbox_pause", new { sandbox_id = shown.Sandbox.Id, stop = true });
        var waiting = visitor.GetAsync(shown.At("/x"));
        await Shown.RunAsync(shown.Sandbox, "app.js", Apps.Echo, $"{Shown.Port}");
        using var answer = await waiting;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Server_sent_events_come_one_by_one_and_their_end_is_seen_by_the_app()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = await shown.EnterAsync();

        using (var stream = await visitor.GetAsync(shown.At("/events"), ("Accept", "text/event-stream")))
        using (var reader = new StreamReader(await stream.Content.ReadAsStreamAsync(Cancelled)))
        {
            foreach (var text in (string[])["one", "two", "three"])
            {
                Assert.Equal("1", await visitor.TextAsync(shown.At($"/say?text={text}")));
                Assert.Equal($"data: {text}", await reader.ReadLineAsync(Cancelled).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancelled));
                await reader.ReadLineAsync(Cancelled);
            }
        }

        var started = TimeProvider.System.GetTimestamp();
        while (await visitor.TextAsync(shown.At("/say?text=gone")) is not "0")
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(20), "The app still writes to a visitor who left.");
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Large_bodies_go_through_whole_in_both_directions(string version)
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = await shown.EnterAsync();
        visitor.Version = Version.Parse(version);
        const int size = 64 << 20;
        var bytes = new byte[size];
        new Random(1).NextBytes(bytes);

        using var hashed = await visitor.SendAsync(new HttpRequestMessage(HttpMethod.Post, shown.At("/hash")) { Content = new ByteArrayContent(bytes) });
        var hash = JsonNode.Parse(await hashed.Content.ReadAsStringAsync(Cancelled))!;
        using var download = await visitor.GetAsync(shown.At($"/big?bytes={size.ToString(CultureInfo.InvariantCulture)}"));
        var received = (await download.Content.ReadAsByteArrayAsync(Cancelled)).Length;

        Assert.Equal((size, Convert.ToHexStringLower(SHA256.HashData(bytes))), ((int)hash["bytes"]!, (string)hash["sha256"]!));
        Assert.Equal(size, received);
        Assert.Equal(Version.Parse(version), download.Version);
    }

    [Fact]
    public async Task Large_answers_of_known_length_arrive_byte_for_byte_many_at_once_and_after_visitors_who_left()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = await shown.EnterAsync();
        const int size = (24 << 20) + 77;

        for (var i = 0; i < 4; i++)
        {
            await using var leaver = await Visitor.ConnectAsync(shown.Url);
            await SayAsync(leaver, $"GET /big?bytes={size}&length=1 HTTP/1.1\r\nHost: {shown.Url.Authority}\r\nCookie: {visitor.Cookie}\r\n\r\n");
            await leaver.ReadExactlyAsync(new byte[1 << 20], Cancelled);
        }
        var sums = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            using var answer = await visitor.GetAsync(shown.At($"/big?bytes={size}&length=1&noise={i}"));
            Assert.Equal(size, answer.Content.Headers.ContentLength);
            await using var body = await answer.Content.ReadAsStreamAsync(Cancelled);
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(body, Cancelled));
        }));

        for (var i = 0; i < sums.Length; i++)
            Assert.Equal(await visitor.TextAsync(shown.At($"/sum?noise={i}")), sums[i]);
        var started = TimeProvider.System.GetTimestamp();
        while (await visitor.TextAsync(shown.At("/reading")) is not "0")
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(20), "The app still writes to a visitor who left.");
    }

    [Fact]
    public async Task An_upload_in_pieces_arrives_in_pieces()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = await shown.EnterAsync();
        await using var connection = await Visitor.ConnectAsync(shown.Url);
        var reader = new StreamReader(connection, Encoding.Latin1);
        await SayAsync(connection, $"POST /mirror HTTP/1.1\r\nHost: {shown.Url.Authority}\r\nCookie: {visitor.Cookie}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
        for (var i = 0; i < 3; i++)
            await SayAsync(connection, "5\r\nhello\r\n");
        await SayAsync(connection, "0\r\n\r\n");

        var all = await reader.ReadToEndAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(20), Cancelled);

        Assert.StartsWith("HTTP/1.1 200", all, StringComparison.Ordinal);
        Assert.Equal(3, all.Split("hello").Length - 1);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_websocket_carries_messages_both_ways_and_closes_from_either_side(string version)
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = await shown.EnterAsync();
        visitor.Version = Version.Parse(version);

        using var socket = await visitor.SocketAsync(shown.At("/socket"), protocol: "vite-hmr");
        Assert.Equal("vite-hmr", socket.SubProtocol);
        Assert.Equal("hello", await socket.AskAsync("hello"));
        var large = new string('x', 60_000);
        Assert.Equal(large, await socket.AskAsync(large));
        var headers = await socket.AskAsync("who");
        Assert.DoesNotContain("miosa_preview", headers, StringComparison.Ordinal);
        Assert.Contains(shown.Url.Authority, headers, StringComparison.Ordinal);
        await socket.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, "", Cancelled).WaitAsync(TimeSpan.FromSeconds(20), Cancelled);

        using var second = await visitor.SocketAsync(shown.At("/socket"));
        await second.AskAsync("bye");
        Assert.Equal(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, second.CloseStatus);
    }

    [Fact]
    public async Task Trailers_and_early_hints_do_no_harm_and_trailers_arrive_where_the_protocol_has_them()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = await shown.EnterAsync();
        visitor.Version = HttpVersion.Version20;

        using var answer = await visitor.GetAsync(shown.At("/trailers"));
        Assert.Equal("body", await answer.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal("42", answer.TrailingHeaders.GetValues("X-Sum").Single());
        Assert.Equal("late", await visitor.TextAsync(shown.At("/early")));

        visitor.Version = HttpVersion.Version11;
        Assert.Equal("body", await visitor.TextAsync(shown.At("/trailers")));
    }

    [Fact]
    public async Task Two_hundred_visitors_at_once_each_get_their_own_answer()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = await shown.EnterAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => visitor.JsonAsync(shown.At($"/n/{i}"))));

        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"/n/{i}"), answers.Select(answer => (string)answer["url"]!));
    }

    [Fact]
    public async Task Two_ports_of_one_sandbox_have_two_names_and_one_slug_and_a_server_on_ipv6_is_reached()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        await Shown.RunAsync(shown.Sandbox, "other.js", Apps.Echo, "8080 ::1");
        var other = await shown.Sandbox.CallAsync("sandbox_expose", new { port = 8080 });
        using var visitor = await Visitor.EnterAsync(new Uri((string)other["open_url"]!));

        Assert.Equal(8080, (int)(await visitor.JsonAsync(new Uri((string)other["url"]!)))["port"]!);
        Assert.Equal(shown.Url.Host.Replace("3000-", "8080-", StringComparison.Ordinal), new Uri((string)other["url"]!).Host);
        Assert.InRange(shown.Url.Host.Split('.')[0].Length, 10, 63);
    }

    private static Task SayAsync(Stream stream, string text) => stream.WriteAsync(Encoding.Latin1.GetBytes(text), Cancelled).AsTask();
}
