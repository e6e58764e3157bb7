using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

using Miosa.Mcp.Events;

namespace Miosa.Mcp.Tests.Events;

/// <summary>The same journal over MCP and over HTTP.</summary>
public sealed class EventStreamTests
{
    [Fact]
    public async Task Both_ways_give_the_same_lines_before_and_after_a_restart()
    {
        await using var mcp = await McpHarness.StartAsync();
        await AppendAsync(mcp, 30);
        var listed = await ListAsync(mcp.Client);
        var streamed = await StreamAsync(mcp, 30);

        await using var next = await mcp.NextHostAsync();
        var listedAgain = await ListAsync(next.Client);
        var streamedAgain = await StreamAsync(next, 30);

        Assert.Equal(30, listed.Count);
        Assert.Equal(listed, streamed);
        Assert.Equal(listed, listedAgain);
        Assert.Equal(listed, streamedAgain);
    }

    [Fact]
    public async Task A_stream_goes_on_behind_the_last_event_its_reader_saw_and_brings_what_comes()
    {
        await using var mcp = await McpHarness.StartAsync();
        await AppendAsync(mcp, 5);
        await using var host = await EventHost.StartAsync(mcp);
        string last;
        using (var first = await EventReader.OpenAsync(host.Address))
            last = (await first.TakeAsync(3))[^1].Id;

        using var second = await EventReader.OpenAsync(host.Address, lastEventId: last);
        Assert.Equal([3, 4], (await second.TakeAsync(2)).Select(entry => (int)entry.Data["data"]!["number"]!));
        await AppendAsync(mcp, 1);

        Assert.Equal(0, (int)(await second.NextAsync())!.Value.Data["data"]!["number"]!);
    }

    [Fact]
    public async Task Filters_and_workspaces_hold_for_streams_too()
    {
        await using var mcp = await McpHarness.StartAsync();
        foreach (var (type, workspace, device) in ((string, string?, string?)[])[("a.one", "default", "sbx_1"), ("b.two", "default", "sbx_1"), ("a.three", "acme", "sbx_1"), ("a.four", "default", "sbx_2"), ("a.five", "default", "sbx_1")])
            await mcp.Journal.AppendAsync(new JournalEvent(type) { Workspace = workspace, Device = device, Data = new { } }, CancellationToken.None);
        await using var host = await EventHost.StartAsync(mcp);

        using var reader = await EventReader.OpenAsync(host.Address, "?types=a.*,c.*&device=sbx_1");

        Assert.Equal(["a.one", "a.five"], (await reader.TakeAsync(2)).Select(entry => entry.Type));
    }

    [Theory]
    [InlineData("?since=0")]
    [InlineData("?since=evt_zzz")]
    [InlineData("?types=****x*")]
    [InlineData("?types=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21")]
    public async Task A_stream_that_could_never_bring_anything_is_refused(string query)
    {
        await using var mcp = await McpHarness.StartAsync();
        await using var host = await EventHost.StartAsync(mcp);
        using var http = new HttpClient();

        var response = await http.GetAsync(new Uri(host.Address, "/v1/events" + query)).InTime();

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_cursor_that_no_answer_gave_is_refused_and_not_waited_on()
    {
        await using var mcp = await McpHarness.StartAsync();

        var refusal = await mcp.Client.RefusedAsync("event_list", new { since = "nonsense", wait_seconds = 50 });

        Assert.Equal("INVALID_INPUT", (string?)refusal["code"]);
    }

    [Fact]
    public async Task A_stream_ends_with_its_host_and_does_not_hold_it_up()
    {
        await using var mcp = await McpHarness.StartAsync();
        await using var host = await EventHost.StartAsync(mcp);
        using var reader = await EventReader.OpenAsync(host.Address);

        await host.StopAsync().InTime();

        Assert.Null(await reader.NextAsync());
    }

    [Fact]
    public async Task A_quiet_stream_shows_that_it_is_alive()
    {
        await using var mcp = await McpHarness.StartAsync();
        await using var host = await EventHost.StartAsync(mcp);
        using var http = new HttpClient();
        await using var stream = await http.GetStreamAsync(new Uri(host.Address, "/v1/events")).InTime();
        using var reader = new StreamReader(stream);
        Assert.Equal(": connected", await reader.ReadLineAsync().InTime());
        await Bounded.UntilAsync(() => mcp.Time.Awaits(TimeSpan.FromSeconds(15)));

        mcp.Time.Advance(TimeSpan.FromSeconds(15));

        Assert.Equal("", await reader.ReadLineAsync().InTime());
        Assert.Equal(": heartbeat", await reader.ReadLineAsync().InTime());
    }

    [Fact]
    public async Task Pages_of_the_list_stay_small_and_lead_to_the_end()
    {
        await using var mcp = await McpHarness.StartAsync();
        for (var i = 0; i < 40; i++)
            await mcp.Journal.AppendAsync(new JournalEvent("command.output") { Workspace = "default", Data = new { number = i, text = new string('"', i * 150) } }, CancellationToken.None);

        var lines = await ListAsync(mcp.Client);

        Assert.Equal(Enumerable.Range(0, 40), lines.Select(line => (int)JsonNode.Parse(line)!["data"]!["number"]!));
    }

    [Fact]
    public async Task A_list_waits_for_the_first_event()
    {
        await using var mcp = await McpHarness.StartAsync();
        var waiting = mcp.Client.CallAsync("event_list", new { wait_seconds = 50 });
        await Bounded.UntilAsync(() => mcp.Time.Awaits(TimeSpan.FromSeconds(50)));

        await AppendAsync(mcp, 1);

        Assert.Equal(1, (int)(await waiting)["count"]!);
    }

    private static async Task AppendAsync(McpHarness mcp, int count)
    {
        for (var i = 0; i < count; i++)
            await mcp.Journal.AppendAsync(new JournalEvent("command.output") { Workspace = "default", Device = "sbx_1", CallId = "call_1", Data = new { number = i, text = $"line {i}\nÄ \"quoted\" 😀\u2028\u001b[0m" } }, CancellationToken.None);
    }

    private static async Task<IReadOnlyList<string>> ListAsync(TestClient client)
    {
        List<string> lines = [];
        string? since = null;
        while (true)
        {
            var text = TestClient.Text(await client.RawAsync("event_list", since is null ? new { limit = 7 } : new { limit = 7, since }));
            Assert.InRange(text.Length, 1, 7_000);
            var page = JsonNode.Parse(text)!;
            lines.AddRange(page["events"]!.AsArray().Select(entry => entry!.ToJsonString()));
            since = (string?)page["next_cursor"];
            if (!(bool)page["more"]!)
                return lines;
        }
    }

    private static async Task<IReadOnlyList<string>> StreamAsync(McpHarness mcp, int count)
    {
        await using var host = await EventHost.StartAsync(mcp);
        using var reader = await EventReader.OpenAsync(host.Address);
        var events = await reader.TakeAsync(count);
        Assert.All(events, entry => Assert.Equal((entry.Id, entry.Type), ((string)entry.Data["id"]!, (string)entry.Data["type"]!)));
        return [.. events.Select(entry => entry.Data.ToJsonString())];
    }

    /// <summary>The real endpoint on a real port, with somebody let in.</summary>
    private sealed class EventHost : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private EventHost(WebApplication app) => _app = app;

        public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());

        public static async Task<EventHost> StartAsync(McpHarness mcp)
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            builder.Services.AddRoutingCore().AddSingleton(mcp.Journal);
            var app = builder.Build();
            app.Use(static (http, next) =>
            {
                http.Features.Set(McpHarness.Somebody);
                return next(http);
            });
            app.UseRouting();
            app.MapEvents();
            await app.StartAsync();
            return new EventHost(app);
        }

        public Task StopAsync() => _app.StopAsync();

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}
