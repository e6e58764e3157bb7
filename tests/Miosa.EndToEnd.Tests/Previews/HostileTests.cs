using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;

namespace Miosa.EndToEnd.Tests.Previews;

/// <summary>What those try who are not meant to get in, and those who are in and mean harm.</summary>
public sealed class HostileTests(SharedHost host)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_that_could_be_read_in_two_ways_is_refused_and_hides_no_other()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = await shown.EnterAsync();
        var name = shown.Url.Authority;
        var known = $"Host: {name}\r\nCookie: {visitor.Cookie}\r\n";
        const string hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";
        string[] requests =
        [
            $"POST / HTTP/1.1\r\n{known}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
            $"POST / HTTP/1.1\r\n{known}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{hidden}",
            $"POST / HTTP/1.1\r\n{known}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{hidden}",
            $"POST / HTTP/1.1\r\n{known}Content-Length: 5x\r\n\r\n{hidden}",
            $"POST / HTTP/1.1\r\n{known}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{hidden}",
            $"POST / HTTP/1.1\r\n{known}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{hidden}",
            $"POST / HTTP/1.1\r\n{known}Transfer-Encoding: chunked\r\n\r\nzz\r\n{hidden}",
            $"POST / HTTP/1.1\r\n{known}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{hidden}",
            $"POST / HTTP/1.1\r\n{known}Transfer-Encoding: chunked\r\n , identity\r\n\r\n0\r\n\r\n{hidden}",
            $"POST / HTTP/1.1\r\n{known}Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
            $"POST / HTTP/1.1\r\n{known}Transfer-Encoding: chunked, identity\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{hidden}",
            $"POST / HTTP/1.1\r\n{known}Content-Length: -1\r\n\r\n{hidden}",
            $"POST / HTTP/1.1\r\n{known}Content-Length: 5, 5\r\n\r\n{hidden}",
            $"POST / HTTP/1.1\r\n{known}X-Ends: bare\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{hidden}",
            $"GET / HTTP/1.1\nHost: {name}\nContent-Length: {hidden.Length}\nTransfer-Encoding: chunked\n\n0\r\n\r\n{hidden}",
            $"GET / HTTP/1.1\r\n{known}X-Bare: a\rX-Other: b\r\n\r\n",
            $"GET / HTTP/1.1\r\n{known}X-Nul: a\0b\r\n\r\n",
            $"GET /\0 HTTP/1.1\r\n{known}\r\n",
            $"GET / HTTP/1.1\r\n{known}X-Folded: a\r\n b\r\n\r\n",
            $"GET / HTTP/1.1\r\n{known}Host: other.localhost\r\n\r\n",
            $"GET / HTTP/1.1\r\n{known}Host: {name}\r\n\r\n",
            $"GET / HTTP/1.1\r\nHost: {name},other.localhost\r\nCookie: {visitor.Cookie}\r\n\r\n",
            $"GET / HTTP/1.1\r\nHost : {name}\r\nCookie: {visitor.Cookie}\r\n\r\n",
            $"GET / HTTP/1.1\r\nCookie: {visitor.Cookie}\r\n\r\n",
            $"GET / HTTP/1.1\r\nHost: user@{name}\r\nCookie: {visitor.Cookie}\r\n\r\n",
            $"GET http://evil.example/ HTTP/1.1\r\n{known}\r\n",
            $"GET http://{name}/ HTTP/1.1\r\n{known}\r\n",
            $"GET //user@evil.example/ HTTP/1.1\r\nHost: evil.example\r\nCookie: {visitor.Cookie}\r\n\r\n",
            $"OPTIONS * HTTP/1.1\r\n{known}\r\n",
            $"GET https://{name}/ HTTP/1.1\r\n{known}\r\n",
            $"GET {name}/ HTTP/1.1\r\n{known}\r\n",
            $"CONNECT {name} HTTP/1.1\r\n{known}\r\n",
            $"GET /\u0001 HTTP/1.1\r\n{known}\r\n",
            $"GET / HTTP/1.1\r\n{known}X-Bad\u0000: 1\r\n\r\n",
            $"GET / HTTP/1.1\r\n{known}X-Long: {new string('x', 70_000)}\r\n\r\n",
        ];

        List<string> taken = [];
        foreach (var request in requests)
        {
            var answer = await SayAsync(shown.Url, request);
            if (!(answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) && answer["HTTP/1.1 ".Length..].Split(' ')[0] is ("400" or "404" or "431" or "502"))
                || (answer.IndexOf("HTTP/1.1", 1, StringComparison.Ordinal) >= 0 && answer.Contains("/hidden", StringComparison.Ordinal)))
                taken.Add($"{request}\n{answer}");
        }
        Assert.True(taken.Count is 0, string.Join("\n\n", taken));
        // Kestrel reads this one as 5; what goes on to the app is written anew and says so plainly.
        var signed = await SayAsync(shown.Url, $"POST / HTTP/1.1\r\n{known}Content-Length: +5\r\n\r\n{hidden}");
        Assert.Contains("\"content-length\":\"5\"", signed, StringComparison.Ordinal);
        Assert.DoesNotContain("\"url\":\"/hidden\"", signed, StringComparison.Ordinal);
        Assert.Equal("/still", (string)(await visitor.JsonAsync(shown.At("/still")))["url"]!);
    }

    [Theory]
    [InlineData("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n")]
    [InlineData("Upgrade: anything\r\nConnection: Upgrade\r\n")]
    [InlineData("Connection: Host, Cookie, X-Forwarded-For\r\n")]
    [InlineData("Connection: X-Hop\r\nX-Hop: 1\r\n")]
    [InlineData("TE: trailers, gzip\r\nTrailer: Host\r\n")]
    public async Task Headers_of_the_connection_stay_at_the_edge_and_take_nothing_away(string headers)
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = await shown.EnterAsync();

        var answer = await SayAsync(shown.Url, $"GET /seen HTTP/1.1\r\nHost: {shown.Url.Authority}\r\nCookie: {visitor.Cookie}\r\n{headers}\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Contains($"\"host\":\"{shown.Url.Authority}\"", answer, StringComparison.Ordinal);
        Assert.Contains("\"x-forwarded-for\":\"127.0.0.1\"", answer, StringComparison.Ordinal);
        Assert.All(["\"upgrade\"", "http2-settings", "\"te\"", "\"trailer\"", "x-hop"], name => Assert.DoesNotContain(name, answer, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Over_http2_the_authority_counts_and_a_host_header_beside_it_says_nothing()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = await shown.EnterAsync();
        (string, string)[] common = [(":method", "GET"), (":scheme", "http"), (":path", "/seen"), ("cookie", visitor.Cookie!)];

        var right = await Http2Async(shown.Url, [.. common, (":authority", shown.Url.Authority), ("host", "evil.example")]);
        var wrong = await Http2Async(shown.Url, [.. common, (":authority", "evil.example"), ("host", shown.Url.Authority)]);

        Assert.DoesNotContain("There is nothing here", right, StringComparison.Ordinal);
        Assert.DoesNotContain("evil.example", right, StringComparison.Ordinal);
        Assert.DoesNotContain("\"url\":\"/seen\"", wrong, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_sites_script_gets_nothing_by_a_visitors_cookie()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = await shown.EnterAsync();
        var sibling = shown.Url.Authority.Replace("3000-", "8080-", StringComparison.Ordinal);

        await Assert.ThrowsAsync<WebSocketException>(() => visitor.SocketAsync(shown.At("/socket"), origin: "http://evil.example"));
        await Assert.ThrowsAsync<WebSocketException>(() => visitor.SocketAsync(shown.At("/socket"), origin: $"http://3000-{new string('0', 12)}.localhost:{shown.Url.Port}"));
        await Assert.ThrowsAsync<WebSocketException>(() => visitor.SocketAsync(shown.At("/socket"), origin: "null"));
        using (var own = await visitor.SocketAsync(shown.At("/socket"), origin: $"http://{shown.Url.Authority}"))
            Assert.Equal("own", await own.AskAsync("own"));
        using (var otherPort = await visitor.SocketAsync(shown.At("/socket"), origin: $"http://{sibling}"))
            Assert.Equal("own", await otherPort.AskAsync("own"));

        (HttpStatusCode, (string, string)[])[] cases =
        [
            (HttpStatusCode.NotFound, [("Origin", "http://evil.example")]),
            (HttpStatusCode.NotFound, [("Origin", $"https://{shown.Url.Authority}")]),
            (HttpStatusCode.NotFound, [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")]),
            (HttpStatusCode.NotFound, [("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Mode", "cors")]),
            (HttpStatusCode.OK, [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")]),
            (HttpStatusCode.OK, [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "cors")]),
            (HttpStatusCode.OK, [("Origin", $"http://{shown.Url.Authority}")]),
        ];
        foreach (var (expected, headers) in cases)
        {
            using var answer = await visitor.GetAsync(shown.At("/x"), headers);
            Assert.Equal((expected, string.Join(',', headers)), (answer.StatusCode, string.Join(',', headers)));
        }
    }

    [Fact]
    public async Task Another_sandbox_does_not_reach_the_edge()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        await using var other = await host.SandboxAsync();

        var tried = await other.ExecAsync($"curl -sS --noproxy '*' --max-time 5 --resolve {shown.Url.Host}:{shown.Url.Port}:127.0.0.1 '{shown.OpenUrl}'");

        Assert.NotEqual(0, (int)tried["exit_code"]!);
    }

    [Theory]
    [InlineData("HELLO\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nbad\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nBad Name: 1\r\n\r\n")]
    [InlineData("")]
    public async Task An_app_that_breaks_the_rules_of_http_is_told_as_broken_and_never_as_whole(string response)
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = await RawAsync(shown, response);

        await BreaksAsync(visitor);
        Assert.Equal("/still", (string)(await visitor.Other.JsonAsync(shown.At("/still")))["url"]!);
    }

    [Fact]
    public async Task An_app_that_sends_headers_without_end_is_cut_off()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = await RawAsync(shown, $"HTTP/1.1 200 OK\r\n{string.Concat(Enumerable.Range(0, 3000).Select(i => $"X-{i}: {new string('x', 50)}\r\n"))}\r\n");

        await BreaksAsync(visitor);
    }

    [Fact]
    public async Task Control_characters_in_an_apps_headers_do_not_pass_and_write_no_header_of_their_own()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = await RawAsync(shown, "HTTP/1.1 200 OK\r\nX-A: b\rSet-Cookie: miosa_preview=stolen\r\nX-C: d\u0000e\nX-F: g\r\nContent-Length: 2\r\n\r\nok");

        var answer = await SayAsync(visitor.Url, $"GET / HTTP/1.1\r\nHost: {visitor.Url.Authority}\r\nCookie: {visitor.Own.Cookie}\r\n\r\n");

        Assert.DoesNotContain("\nSet-Cookie", answer, StringComparison.Ordinal);
        Assert.DoesNotContain('\0', answer);
        Assert.Equal(answer.Count(c => c is '\r'), answer.Split("\r\n").Length - 1);
    }

    [Theory]
    [InlineData("half a head", true)]
    [InlineData("a form without its body", true)]
    [InlineData("a page that is not taken", false)]
    public async Task Five_thousand_connections_that_trickle_keep_nobody_out(string how, bool areClosed)
    {
        byte[][] said = how switch
        {
            "half a head" => ["GET / HT"u8.ToArray(), "PRI * HTTP"u8.ToArray(), "GET / HTTP/1.1\r\nX: "u8.ToArray()],
            "a form without its body" => ["POST /__miosa/unlock HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\ntoken="u8.ToArray()],
            _ => [Http2Bytes.Request([(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "x")], settings: [0, 4, 0, 0, 0, 0])],
        };
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = await shown.EnterAsync();
        var slow = new List<Socket>(5000);
        try
        {
            for (var i = 0; i < 5000; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                slow.Add(socket);
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, shown.Url.Port), Cancelled);
                await socket.SendAsync(said[i % said.Length], Cancelled);
                if (i % 500 is 0)
                    await AskAnewAsync();
            }
            for (var i = 0; i < 20; i++)
                await AskAnewAsync();

            // They are closed without anybody's doing.
            var buffer = new byte[1024];
            foreach (var socket in slow.TakeLast(areClosed ? 100 : 0))
                await GoneAsync(socket, buffer);
        }
        finally
        {
            slow.ForEach(socket => socket.Dispose());
        }

        async Task AskAnewAsync()
        {
            var started = TimeProvider.System.GetTimestamp();
            using var other = new Visitor { Cookie = visitor.Cookie };
            Assert.Equal("/x", (string)(await other.JsonAsync(shown.At("/x")))["url"]!);
            Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        }
    }

    [Fact]
    public async Task No_token_is_in_the_hosts_log_or_database()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = await shown.EnterAsync();
        await visitor.TextAsync(new Uri($"{shown.Url}x{shown.OpenUrl.Query}"));
        var secret = shown.OpenUrl.Query["?mp_token=mp_".Length..].Split('.')[1];

        foreach (var file in (string[])[.. Directory.GetFiles(Path.Combine(SharedHost.Home, "logs")), .. Directory.GetFiles(SharedHost.Home, "miosa.db*")])
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new MemoryStream();
            await stream.CopyToAsync(copy, Cancelled);
            Assert.True(copy.ToArray().AsSpan().IndexOf(Encoding.ASCII.GetBytes(secret)) < 0, file);
        }
    }

    private static async Task GoneAsync(Socket socket, byte[] buffer)
    {
        try
        {
            // The wait fails where it does not come to its end.
            while (await socket.ReceiveAsync(buffer, SocketFlags.None, Cancelled).AsTask().WaitAsync(Limit, Cancelled) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Cut off.
        }
    }

    private static async Task BreaksAsync(RawApp visitor)
    {
        try
        {
            using var answer = await visitor.Own.GetAsync(visitor.Url);
            var body = await answer.Content.ReadAsStringAsync(Cancelled).WaitAsync(Limit, Cancelled);
            Assert.True(answer.StatusCode is HttpStatusCode.BadGateway, $"{answer.StatusCode}: {body}");
        }
        catch (HttpRequestException)
        {
            // The answer had begun; it was cut off.
        }
    }

    private static async Task<RawApp> RawAsync(Shown shown, string response)
    {
        await shown.Sandbox.CallAsync("sandbox_write_file", new { path = "/workspace/response", content = Convert.ToBase64String(Encoding.Latin1.GetBytes(response)), encoding = "base64" });
        await Shown.RunAsync(shown.Sandbox, "raw.js", Apps.Raw, "4000 response");
        var exposed = await shown.Sandbox.CallAsync("sandbox_expose", new { port = 4000 });
        return new RawApp(new Uri((string)exposed["url"]!), await Visitor.EnterAsync(new Uri((string)exposed["open_url"]!)), await shown.EnterAsync());
    }

    /// <summary>Says it all by hand, and gives everything that is answered until the edge closes or has said enough.</summary>
    private static async Task<string> SayAsync(Uri url, string request)
    {
        await using var connection = await Visitor.ConnectAsync(url);
        await connection.WriteAsync(Encoding.Latin1.GetBytes(request), Cancelled);
        var answer = new StringBuilder();
        var buffer = new byte[65536];
        using var quiet = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        quiet.CancelAfter(Limit);
        try
        {
            while (await connection.ReadAsync(buffer, quiet.Token) is > 0 and var count)
            {
                answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
                // Then a second answer, if there is one, comes at once.
                quiet.CancelAfter(TimeSpan.FromSeconds(1));
            }
        }
        catch (Exception exception) when (exception is IOException || (exception is OperationCanceledException && !Cancelled.IsCancellationRequested))
        {
            // It keeps the connection, or cut it off.
        }
        return answer.ToString();
    }

    /// <summary>One request over HTTP/2, its headers written as they are; gives all that is answered, as text.</summary>
    private static Task<string> Http2Async(Uri url, IReadOnlyList<(string Name, string Value)> headers) => SayAsync(url, Encoding.Latin1.GetString(Http2Bytes.Request(headers, settings: [])));

    private sealed record RawApp(Uri Url, Visitor Own, Visitor Other) : IDisposable
    {
        public void Dispose()
        {
            Own.Dispose();
            Other.Dispose();
        }
    }
}
