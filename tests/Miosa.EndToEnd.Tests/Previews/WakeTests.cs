using System.Net;
using System.Net.WebSockets;

namespace Miosa.EndToEnd.Tests.Previews;

/// <summary>A preview is there when somebody looks, whatever its sandbox was doing.</summary>
public sealed class WakeTests(SharedHost host)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_frozen_sandbox_answers_as_if_it_had_been_awake()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        await using var lifecycle = await Client.StdioAsync(SharedHost.Home, "--toolsets", "lifecycle");
        using var visitor = await shown.EnterAsync();
        await visitor.TextAsync(shown.At("/x"));
        for (var i = 0; i < 3; i++)
        {
            await lifecycle.CallAsync("sandbox_pause", new { sandbox_id = shown.Sandbox.Id });

            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => visitor.JsonAsync(shown.At("/x"))));

            Assert.All(answers, answer => Assert.Equal("/x", (string)answer["url"]!));
        }
    }

    [Fact]
    public async Task A_stopped_sandbox_is_started_and_the_request_waits_for_its_server()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        await using var lifecycle = await Client.StdioAsync(SharedHost.Home, "--toolsets", "lifecycle");
        using var visitor = await shown.EnterAsync();
        await lifecycle.CallAsync("sandbox_pause", new { sandbox_id = shown.Sandbox.Id, stop = true });

        var waiting = visitor.SendAsync(new HttpRequestMessage(HttpMethod.Post, shown.At("/hash")) { Content = new StringContent("kept") });
        await Shown.RunAsync(shown.Sandbox, "app.js", Apps.Echo, $"{Shown.Port}");
        using var answer = await waiting;

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("\"bytes\":4", await answer.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_who_comes_to_a_stopped_sandbox_sees_that_it_starts()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        await using var lifecycle = await Client.StdioAsync(SharedHost.Home, "--toolsets", "lifecycle");
        using var visitor = await shown.EnterAsync();
        await lifecycle.CallAsync("sandbox_pause", new { sandbox_id = shown.Sandbox.Id, stop = true });

        using var answer = await visitor.OpenAsync(shown.Url);
        var page = await answer.Content.ReadAsStringAsync(Cancelled);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "2"), (answer.StatusCode, answer.Headers.RetryAfter!.ToString()));
        Assert.Contains("http-equiv=\"refresh\"", page, StringComparison.Ordinal);
        Assert.Equal("running", (string)(await shown.Sandbox.CallAsync("sandbox_get", new { }))["state"]!);
    }

    [Fact]
    public async Task Where_nothing_listens_a_page_says_what_to_do_and_the_link_works_as_soon_as_something_does()
    {
        await using var sandbox = await host.SandboxAsync();
        var exposed = await sandbox.CallAsync("sandbox_expose", new { port = 3000, wait_seconds = 1 });
        var url = new Uri((string)exposed["url"]!);
        using var visitor = await Visitor.EnterAsync(new Uri((string)exposed["open_url"]!));

        Assert.Equal("not_listening", (string)exposed["status"]!);
        using (var answer = await visitor.OpenAsync(url))
        {
            var page = await answer.Content.ReadAsStringAsync(Cancelled);
            Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
            Assert.Contains("listens on port 3000", page, StringComparison.Ordinal);
            Assert.Contains("Start the server", page, StringComparison.Ordinal);
        }
        using (var program = await visitor.GetAsync(url))
            Assert.Equal("text/plain; charset=utf-8", program.Content.Headers.ContentType!.ToString());

        await Shown.RunAsync(sandbox, "app.js", Apps.Echo, "3000");
        Assert.Equal("/", (string)(await visitor.JsonAsync(url))["url"]!);
    }

    [Fact]
    public async Task A_destroyed_sandbox_takes_its_previews_with_it()
    {
        Uri url, open;
        Visitor visitor;
        await using (var shown = await Shown.StartAsync(await host.SandboxAsync()))
        {
            (url, open) = (shown.Url, shown.OpenUrl);
            visitor = await shown.EnterAsync();
        }

        using (visitor)
        {
            using var byCookie = await visitor.OpenAsync(url);
            using var byToken = await visitor.OpenAsync(open);
            Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (byCookie.StatusCode, byToken.StatusCode));
        }
    }

    [Fact]
    public async Task When_its_time_is_up_a_token_opens_nothing_and_who_is_in_by_it_is_put_out()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        var brief = await shown.Sandbox.CallAsync("sandbox_expose", new { port = Shown.Port, expires_in = 10 });
        using var visitor = await Visitor.EnterAsync(new Uri((string)brief["open_url"]!));
        using var socket = await visitor.SocketAsync(shown.At("/socket"));
        using var pending = await visitor.GetAsync(shown.At("/events"));

        await socket.EndsAsync();
        using var byCookie = await visitor.OpenAsync(shown.Url);
        using var byToken = await visitor.OpenAsync(new Uri((string)brief["open_url"]!));
        var page = await byToken.Content.ReadAsStringAsync(Cancelled);

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (byCookie.StatusCode, byToken.StatusCode));
        Assert.Contains("expired", page, StringComparison.Ordinal);
        // Neither does a new one open.
        await Assert.ThrowsAsync<WebSocketException>(() => visitor.SocketAsync(shown.At("/socket")));
        visitor.Cookie = null;
        await Assert.ThrowsAsync<WebSocketException>(() => visitor.SocketAsync(new Uri($"{shown.Url}socket{new Uri((string)brief["open_url"]!).Query}")));
        using var again = await shown.EnterAsync();
        Assert.Equal("/x", (string)(await again.JsonAsync(shown.At("/x")))["url"]!);
    }

    [Fact]
    public async Task A_restored_sandbox_is_seen_at_the_address_it_had()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        using var visitor = await shown.EnterAsync();
        var kept = await shown.Sandbox.CallAsync("sandbox_snapshot_create", new { });
        await shown.Sandbox.CallAsync("sandbox_snapshot_restore", new { snapshot_id = (string)kept["snapshot_id"]! });

        await Shown.RunAsync(shown.Sandbox, "app.js", Apps.Echo, $"{Shown.Port}");

        Assert.Equal("/x", (string)(await visitor.JsonAsync(shown.At("/x")))["url"]!);
    }
}
