using System.Net;
using System.Net.WebSockets;

namespace Miosa.EndToEnd.Tests.Previews;

/// <summary>Who is let in, for how long, and how he is put out.</summary>
public sealed class AccessTests(SharedHost host)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_link_lets_in_once_opened_and_its_token_leaves_the_address()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = new Visitor();

        using var opened = await visitor.OpenAsync(new Uri($"{shown.OpenUrl}&page=2"));
        var cookie = opened.Headers.GetValues("Set-Cookie").Single();

        Assert.Equal(HttpStatusCode.SeeOther, opened.StatusCode);
        Assert.Equal($"{shown.Url}?page=2", opened.Headers.Location!.OriginalString);
        Assert.Contains("; Path=/; ", cookie, StringComparison.Ordinal);
        Assert.EndsWith("; HttpOnly; SameSite=Lax", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain("domain", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("mp_", cookie, StringComparison.Ordinal);
        Assert.Equal("no-store", opened.Headers.CacheControl!.ToString());
        visitor.TakeCookie(opened);
        Assert.Equal("/?page=2", (string)(await visitor.JsonAsync(opened.Headers.Location!))["url"]!);
    }

    [Fact]
    public async Task A_program_is_answered_at_once_and_the_app_does_not_see_the_token()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = new Visitor();

        Assert.Equal("/", (string)(await visitor.JsonAsync(shown.OpenUrl))["url"]!);
        using var socket = await visitor.SocketAsync(new Uri($"{shown.Url}socket{shown.OpenUrl.Query}"));
        Assert.Equal("yes", await socket.AskAsync("yes"));
    }

    [Fact]
    public async Task Without_a_token_a_preview_that_is_there_answers_like_one_that_is_not()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = new Visitor();
        var slug = shown.Url.Host.Split('.')[0]["3000-".Length..];
        var token = shown.OpenUrl.Query;
        // The same characters elsewhere, so that a signature stands that was never made.
        var forged = $"{token[..^8]}{(token.EndsWith("AAAAAAAA", StringComparison.Ordinal) ? "BBBBBBBB" : "AAAAAAAA")}";
        Uri[] wrong =
        [
            shown.Url,
            new($"{shown.Url}{forged}"),
            new($"{shown.Url}?mp_token=mp_e30.AAAA"),
            new($"{shown.Url}?mp_token="),
            new($"{shown.Url}?ms_token=ms_{new string('A', 43)}"),
            shown.At("/__miosa/anything"),
            new($"http://3001-{slug}.localhost:{shown.Url.Port}/"),
            new($"http://3001-{slug}.localhost:{shown.Url.Port}/{token}"),
            new($"http://3000-{new string('0', 12)}.localhost:{shown.Url.Port}/"),
            new($"http://3000-{new string('0', 12)}.localhost:{shown.Url.Port}/{token}"),
            new($"http://localhost:{shown.Url.Port}/"),
            new($"http://127.0.0.1:{shown.Url.Port}/"),
            new($"http://example.com:{shown.Url.Port}/"),
        ];

        HashSet<string> pages = [];
        foreach (var url in wrong)
        {
            using var answer = await visitor.OpenAsync(url);
            Assert.Equal((url, HttpStatusCode.NotFound), (url, answer.StatusCode));
            pages.Add($"{string.Join('\n', answer.Headers.Where(header => header.Key is not "Date").Select(header => $"{header.Key}: {string.Join(',', header.Value)}"))}\n{await answer.Content.ReadAsStringAsync(Cancelled)}");
        }
        Assert.Single(pages);
        await Assert.ThrowsAsync<WebSocketException>(() => visitor.SocketAsync(shown.At("/socket")));
    }

    [Fact]
    public async Task A_token_of_one_port_or_sandbox_opens_no_other_and_neither_does_its_cookie()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        await using var other = await Shown.StartAsync(await host.SandboxAsync());
        var port = new Uri((string)(await shown.Sandbox.CallAsync("sandbox_expose", new { port = 8080, wait_seconds = 0 }))["url"]!);
        using var visitor = await shown.EnterAsync();

        foreach (var url in (Uri[])[other.Url, port, new($"{other.Url}{shown.OpenUrl.Query}"), new($"{port}{shown.OpenUrl.Query}")])
        {
            using var answer = await visitor.OpenAsync(url);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
        // A cookie is no token, and a token no cookie.
        using var asToken = await visitor.OpenAsync(new Uri($"{shown.Url}?mp_token=mp_{visitor.Cookie!.Split('=')[1]}"));
        visitor.Cookie = $"miosa_preview={shown.OpenUrl.Query["?mp_token=mp_".Length..]}";
        using var asCookie = await visitor.OpenAsync(shown.Url);
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (asToken.StatusCode, asCookie.StatusCode));
    }

    [Fact]
    public async Task What_was_revoked_opens_nothing_and_puts_out_who_is_in_by_it()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        await using var previews = await Client.StdioAsync(SharedHost.Home, "--toolsets", "previews");
        var second = await shown.Sandbox.CallAsync("sandbox_expose", new { port = Shown.Port });
        using var first = await shown.EnterAsync();
        using var stays = await Visitor.EnterAsync(new Uri((string)second["open_url"]!));
        using var socket = await first.SocketAsync(shown.At("/socket"));
        using var stream = await first.GetAsync(shown.At("/events"));
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync(Cancelled));

        await previews.CallAsync("preview_revoke", new { preview_id = shown.PreviewId, grant_id = (string)shown.Exposed["token_id"]! });

        await socket.EndsAsync();
        await Assert.ThrowsAnyAsync<IOException>(() => reader.ReadLineAsync(Cancelled).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancelled));
        using (var byCookie = await first.OpenAsync(shown.Url))
            Assert.Equal(HttpStatusCode.Unauthorized, byCookie.StatusCode);
        using (var byToken = await first.OpenAsync(shown.OpenUrl))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, byToken.StatusCode);
            Assert.Contains("taken back", await byToken.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        }
        Assert.Equal(200, (int)(await stays.GetAsync(shown.Url)).StatusCode);

        await previews.CallAsync("preview_revoke", new { preview_id = shown.PreviewId });
        using (var all = await stays.OpenAsync(shown.Url))
            Assert.Equal(HttpStatusCode.Unauthorized, all.StatusCode);
        Assert.Equal("NOT_FOUND", (string)(await previews.RefusedAsync("preview_revoke", new { preview_id = shown.PreviewId }))["code"]!);

        // Shown again it has the same address, and what opened it before does not.
        var again = await shown.Sandbox.CallAsync("sandbox_expose", new { port = Shown.Port });
        Assert.Equal(shown.Url, new Uri((string)again["url"]!));
        using var old = await stays.OpenAsync(shown.Url);
        Assert.Equal(HttpStatusCode.Unauthorized, old.StatusCode);
    }

    [Fact]
    public async Task A_share_opens_until_it_is_revoked_and_with_a_password_only_for_who_knows_it()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        await using var previews = await Client.StdioAsync(SharedHost.Home, "--toolsets", "previews");
        var open = await previews.CallAsync("preview_share", new { preview_id = shown.PreviewId, expires_in = 3600 });
        var closed = await previews.CallAsync("preview_share", new { preview_id = shown.PreviewId, password = "correct horse" });
        var link = new Uri((string)closed["open_url"]!);

        using var guest = await Visitor.EnterAsync(new Uri((string)open["open_url"]!));
        Assert.Equal("/x", (string)(await guest.JsonAsync(shown.At("/x")))["url"]!);

        using var other = new Visitor();
        using (var asked = await other.OpenAsync(new Uri($"{shown.At("/deep?a=1")}&{link.Query[1..]}")))
        {
            var page = await asked.Content.ReadAsStringAsync(Cancelled);
            Assert.Equal(HttpStatusCode.Unauthorized, asked.StatusCode);
            Assert.Contains("type=\"password\"", page, StringComparison.Ordinal);
            Assert.Contains("value=\"/deep?a=1\"", page, StringComparison.Ordinal);
        }
        using (var program = await other.GetAsync(link))
            Assert.Equal(HttpStatusCode.Unauthorized, program.StatusCode);
        using (var wrong = await UnlockAsync("wrong horse"))
            Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        using (var fromElsewhere = await UnlockAsync("correct horse", origin: "http://evil.example"))
            Assert.Equal(HttpStatusCode.NotFound, fromElsewhere.StatusCode);
        using (var right = await UnlockAsync("correct horse"))
        {
            Assert.Equal((HttpStatusCode.SeeOther, shown.At("/deep?a=1").ToString()), (right.StatusCode, right.Headers.Location!.ToString()));
            other.TakeCookie(right);
        }
        Assert.Equal("/x", (string)(await other.JsonAsync(shown.At("/x")))["url"]!);

        await previews.CallAsync("preview_revoke", new { preview_id = shown.PreviewId, grant_id = (string)closed["share_id"]! });
        using var after = await other.OpenAsync(shown.Url);
        using var again = await other.OpenAsync(link);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (after.StatusCode, again.StatusCode));

        var events = await shown.Client.CallAsync("event_list", new { device = shown.Sandbox.Id, types = new[] { "sandbox.share.*", "sandbox.preview.*" } });
        Assert.Equal(
            ["sandbox.preview.created", "sandbox.preview.ready", "sandbox.share.created", "sandbox.share.created", "sandbox.share.revoked"],
            events["events"]!.AsArray().Select(entry => (string)entry!["type"]!));
        Assert.DoesNotContain("ms_", events.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("horse", events.ToJsonString(), StringComparison.Ordinal);

        Task<HttpResponseMessage> UnlockAsync(string password, string? origin = null)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, shown.At("/__miosa/unlock"))
            {
                Content = new FormUrlEncodedContent([new("token", Uri.UnescapeDataString(link.Query["?ms_token=".Length..])), new("target", "/deep?a=1"), new("password", password)]),
            };
            request.Headers.Add("Origin", origin ?? $"http://{shown.Url.Authority}");
            return other.SendAsync(request);
        }
    }

    [Fact]
    public async Task Passwords_are_not_tried_for_long()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        await using var previews = await Client.StdioAsync(SharedHost.Home, "--toolsets", "previews");
        var share = await previews.CallAsync("preview_share", new { preview_id = shown.PreviewId, password = "correct horse" });
        using var visitor = new Visitor();

        var codes = new List<int>();
        foreach (var password in Enumerable.Range(0, 11).Select(i => $"guess {i}").Append("correct horse"))
        {
            using var answer = await visitor.SendAsync(new HttpRequestMessage(HttpMethod.Post, shown.At("/__miosa/unlock"))
            {
                Content = new FormUrlEncodedContent([new("token", new Uri((string)share["open_url"]!).Query["?ms_token=".Length..]), new("target", "/"), new("password", password)]),
            });
            codes.Add((int)answer.StatusCode);
        }

        Assert.Equal([.. Enumerable.Repeat(401, 10), 429, 429], codes);
    }

    [Fact]
    public async Task Another_workspace_learns_nothing_of_a_preview_and_the_list_shows_what_opens_it_but_not_how()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        await using var previews = await Client.StdioAsync(SharedHost.Home, "--toolsets", "previews");
        await using var strangers = await Client.StdioAsync(SharedHost.Home, "--toolsets", "all", "--workspace", "strangers");

        var list = await previews.CallAsync("preview_list", new { sandbox_id = shown.Sandbox.Id });
        var preview = Assert.Single(list["previews"]!.AsArray())!;

        Assert.Equal((shown.PreviewId, shown.Url.ToString(), "private"), ((string)preview["id"]!, (string)preview["url"]!, (string)preview["access"]!));
        Assert.Equal((string)shown.Exposed["token_id"]!, (string)Assert.Single(preview["grants"]!.AsArray())!["id"]!);
        Assert.DoesNotContain("mp_", list.ToJsonString(), StringComparison.Ordinal);
        Assert.Empty((await strangers.CallAsync("preview_list", new { }))["previews"]!.AsArray());
        foreach (var (tool, arguments) in ((string, object)[])
        [
            ("sandbox_expose", new { sandbox_id = shown.Sandbox.Id, port = Shown.Port }),
            ("preview_list", new { sandbox_id = shown.Sandbox.Id }),
            ("preview_share", new { preview_id = shown.PreviewId }),
            ("preview_revoke", new { preview_id = shown.PreviewId }),
        ])
            Assert.Equal("NOT_FOUND", (string)(await strangers.RefusedAsync(tool, arguments))["code"]!);
        Assert.Equal("DENIED", (string)(await shown.Sandbox.RefusedAsync("sandbox_expose", new { port = Shown.Port, access = "public" }))["code"]!);
    }
}
