using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Transports.Access;
using ModelContextProtocol;

namespace Miosa.Mcp.Tests.Transports.Access;

/// <summary>Keys and tokens as their holders, and those who would like to be, meet them over HTTP.</summary>
public sealed class TokenTests
{
    private const string Session = "Mcp-Session-Id";

    private static readonly KeyRequest Broad = new() { Name = "broad", Kind = "platform", Scopes = ["*"] };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_is_made_used_listed_and_revoked()
    {
        await using var host = await StartAsync();
        using var maker = host.NewClient((await host.Keys.CreateAsync(Broad, Cancellation)).Text);

        var made = await MakeAsync(maker, """{"user_id":"u7","workspace_id":"red","scopes":["sandboxes:create","sandboxes:exec"]}""");
        using var holder = host.NewClient((string)made["token"]!);
        var who = await WhoAsync(host, holder);
        var listed = await GetAsync(maker, "/v1/tokens");
        using var deleted = await maker.DeleteAsync($"/v1/tokens/{made["id"]}", Cancellation);
        using var after = await PostCallAsync(host, holder, "sandbox_list");

        Assert.Equal(["sandboxes:create", "sandboxes:exec"], made["scopes"]!.AsArray().Select(scope => (string)scope!));
        Assert.Equal(($"token:{made["id"]}", "red", "Delegated"), ((string)who["principal"]!, (string)who["workspace"]!, (string)who["kind"]!));
        Assert.Equal(("u7", "live"), ((string)listed["tokens"]!.AsArray().Single()!["user_id"]!, (string)listed["tokens"]!.AsArray().Single()!["state"]!));
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.Unauthorized), (deleted.StatusCode, after.StatusCode));
        Assert.Empty((await GetAsync(maker, "/v1/tokens"))["tokens"]!.AsArray());
    }

    [Theory]
    [InlineData("""{"scopes":["sandboxes:destroy"]}""", HttpStatusCode.Forbidden)]
    [InlineData("""{"scopes":["*"]}""", HttpStatusCode.Forbidden)]
    [InlineData("""{"scopes":["approvals:decide"]}""", HttpStatusCode.Forbidden)]
    [InlineData("""{"scopes":["sandboxes:create"],"workspace_id":"blue"}""", HttpStatusCode.Forbidden)]
    [InlineData("""{"scopes":["sandboxes:create"],"agent":"boss"}""", HttpStatusCode.Forbidden)]
    [InlineData("""{"scopes":["sandboxes:create"],"expires_in_seconds":86401}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"scopes":["sandboxes:create"],"expires_in_seconds":1e400}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"scopes":["sandboxes:creat"]}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"scopes":[null]}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"scopes":[]}""", HttpStatusCode.BadRequest)]
    [InlineData("""{}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"scopes":["sandboxes:create"],"readonly":true}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"scopes":["sandboxes:create"],"read_only":true,"read_only":false}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"scopes":["sandboxes:create"],"parent":"000000000000"}""", HttpStatusCode.BadRequest)]
    [InlineData("null", HttpStatusCode.BadRequest)]
    [InlineData("[]", HttpStatusCode.BadRequest)]
    [InlineData("", HttpStatusCode.BadRequest)]
    public async Task What_would_exceed_its_maker_or_is_not_understood_makes_no_token(string body, HttpStatusCode expected)
    {
        await using var host = await StartAsync();
        var key = await host.Keys.CreateAsync(
            new KeyRequest { Name = "narrow", Kind = "user", Scopes = ["sandboxes:create", "tokens:create"], Workspaces = ["red"], Agent = "builder", ReadOnly = true, ExpiresInSeconds = 600 }, Cancellation);
        using var maker = host.NewClient(key.Text);

        using var answer = await PostTokenAsync(maker, body);

        Assert.Equal(expected, answer.StatusCode);
        var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;
        Assert.False((bool)error["ok"]!);
        Assert.NotEmpty((string)error["error"]!["hint"]!);
        Assert.DoesNotContain(host.Keys.List(), grant => grant.Entry.Kind is CallerKind.Delegated);
    }

    [Fact]
    public async Task A_token_is_narrowed_to_what_its_maker_is_at_that_connection()
    {
        await using var host = await StartAsync();
        using var maker = host.NewClient((await host.Keys.CreateAsync(Broad with { ExpiresInSeconds = 600 }, Cancellation)).Text);
        maker.DefaultRequestHeaders.Add("X-Miosa-Agent", "builder");
        maker.DefaultRequestHeaders.Add("X-Miosa-Workspace", "red");
        maker.DefaultRequestHeaders.Add("X-Miosa-Read-Only", "true");

        var made = await MakeAsync(maker, """{"scopes":["*"],"expires_in_seconds":3600}""");
        using var holder = host.NewClient((string)made["token"]!);
        var who = await WhoAsync(host, holder);
        using var asOther = await PostCallAsync(host, holder, "sandbox_list", ("X-Miosa-Agent", "boss"));
        using var elsewhere = await PostCallAsync(host, holder, "sandbox_list", ("X-Miosa-Workspace", "blue"));
        using var byQuery = await holder.GetAsync("/v1/events?workspace=blue", Cancellation);

        Assert.Equal(("red", "builder", true), ((string)who["workspace"]!, (string)who["agent"]!, (bool)who["read_only"]!));
        Assert.InRange(DateTimeOffset.Parse((string)made["expires_at"]!, System.Globalization.CultureInfo.InvariantCulture), DateTimeOffset.UnixEpoch, TimeProvider.System.GetUtcNow().AddSeconds(600));
        Assert.All((HttpResponseMessage[])[asOther, elsewhere, byQuery], answer => Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode));
    }

    [Fact]
    public async Task A_key_without_the_scope_for_it_makes_no_token()
    {
        await using var host = await StartAsync();
        using var maker = host.NewClient((await host.Keys.CreateAsync(Broad with { Scopes = ["sandboxes:create"] }, Cancellation)).Text);

        using var answer = await PostTokenAsync(maker, """{"scopes":["sandboxes:create"]}""");

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Another_tenant_sees_and_ends_nothing_of_mine()
    {
        await using var host = await StartAsync();
        using var mine = host.NewClient((await host.Keys.CreateAsync(Broad with { Name = "mine", Workspaces = ["red"] }, Cancellation)).Text);
        using var other = host.NewClient((await host.Keys.CreateAsync(Broad with { Name = "other", Workspaces = ["blue"] }, Cancellation)).Text);
        using var admin = host.NewClient((await host.Keys.CreateAsync(Broad with { Name = "admin", Kind = "admin", Workspaces = ["blue"] }, Cancellation)).Text);
        var made = await MakeAsync(mine, """{"scopes":["sandboxes:read"]}""");
        using var sibling = host.NewClient((string)(await MakeAsync(mine, """{"scopes":["*"]}"""))["token"]!);

        foreach (var stranger in (HttpClient[])[other, admin, sibling])
        {
            Assert.DoesNotContain((string)made["id"]!, (await GetAsync(stranger, "/v1/tokens")).ToJsonString(), StringComparison.Ordinal);
            using var deleted = await stranger.DeleteAsync($"/v1/tokens/{made["id"]}", Cancellation);
            using var unknown = await stranger.DeleteAsync("/v1/tokens/000000000000", Cancellation);
            Assert.Equal(HttpStatusCode.NotFound, deleted.StatusCode);
            Assert.Equal(await unknown.Content.ReadAsStringAsync(Cancellation), await deleted.Content.ReadAsStringAsync(Cancellation));
        }

        using var holder = host.NewClient((string)made["token"]!);
        Assert.Equal("red", (string)(await WhoAsync(host, holder))["workspace"]!);
    }

    [Fact]
    public async Task A_key_is_not_revoked_through_the_door_for_tokens_and_an_admin_ends_tokens_of_their_workspaces()
    {
        await using var host = await StartAsync();
        var key = await host.Keys.CreateAsync(Broad with { Workspaces = ["red"] }, Cancellation);
        using var maker = host.NewClient(key.Text);
        using var admin = host.NewClient((await host.Keys.CreateAsync(Broad with { Name = "admin", Kind = "admin", Workspaces = ["red", "blue"] }, Cancellation)).Text);
        var made = await MakeAsync(maker, """{"scopes":["sandboxes:read"]}""");

        using var keyDeleted = await admin.DeleteAsync($"/v1/tokens/{key.Entry.Id}", Cancellation);
        using var tokenDeleted = await admin.DeleteAsync($"/v1/tokens/{made["id"]}", Cancellation);

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NoContent), (keyDeleted.StatusCode, tokenDeleted.StatusCode));
    }

    [Fact]
    public async Task Tools_beyond_a_callers_scopes_are_not_listed_and_answer_like_tools_that_are_not_there()
    {
        await using var host = await StartAsync();
        var key = await host.Keys.CreateAsync(Broad with { Scopes = ["sandboxes:create"] }, Cancellation);
        await using var mcp = await host.ConnectAsync(key: key.Text);

        var listed = (await mcp.ListToolsAsync(cancellationToken: Cancellation)).Select(tool => tool.Name).ToList();
        var hidden = await Assert.ThrowsAsync<McpProtocolException>(() => mcp.CallToolAsync("sandbox_exec", cancellationToken: Cancellation).AsTask());
        var unknown = await Assert.ThrowsAsync<McpProtocolException>(() => mcp.CallToolAsync("sandbox_exxx", cancellationToken: Cancellation).AsTask());
        var events = await Assert.ThrowsAsync<McpProtocolException>(() => mcp.CallToolAsync("event_list", cancellationToken: Cancellation).AsTask());

        Assert.Equal(["sandbox_create", "sandbox_list"], listed);
        Assert.Equal(unknown.Message.Replace("sandbox_exxx", "sandbox_exec", StringComparison.Ordinal), hidden.Message);
        Assert.Equal((McpErrorCode.InvalidParams, McpErrorCode.InvalidParams), (hidden.ErrorCode, events.ErrorCode));
        Assert.NotNull(await mcp.CallToolAsync("sandbox_create", cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Who_may_not_read_events_does_not_hear_them_at_the_other_door_either()
    {
        await using var host = await StartAsync();
        using var client = host.NewClient((await host.Keys.CreateAsync(Broad with { Scopes = ["sandboxes:read"] }, Cancellation)).Text);

        using var answer = await client.GetAsync("/v1/events", Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task A_read_only_key_changes_nothing_whatever_its_holder_asks_for()
    {
        await using var host = await StartAsync();
        var key = await host.Keys.CreateAsync(Broad with { ReadOnly = true }, Cancellation);
        await using var mcp = await host.ConnectAsync(key: key.Text, headers: ("X-Miosa-Read-Only", "false"));

        var listed = (await mcp.ListToolsAsync(cancellationToken: Cancellation)).Select(tool => tool.Name).ToList();
        var refused = await mcp.CallToolAsync("sandbox_create", cancellationToken: Cancellation);

        Assert.Equal(["event_list", "sandbox_list"], listed);
        Assert.True(refused.IsError);
    }

    [Fact]
    public async Task A_key_of_one_agent_is_no_other()
    {
        await using var host = await StartAsync();
        using var client = host.NewClient((await host.Keys.CreateAsync(Broad with { Agent = "builder", Workspaces = ["red"] }, Cancellation)).Text);

        var who = await WhoAsync(host, client);
        using var claimed = await PostCallAsync(host, client, "sandbox_list", ("X-Miosa-Agent", "boss"));
        using var byQuery = await client.GetAsync("/v1/events?agent=boss", Cancellation);

        Assert.Equal(("builder", "red"), ((string)who["agent"]!, (string)who["workspace"]!));
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (claimed.StatusCode, byQuery.StatusCode));
    }

    [Fact]
    public async Task A_session_stays_with_the_workspace_and_the_agent_that_it_was_begun_as()
    {
        await using var host = await StartAsync();
        using var begun = await host.PostAsync(Said.Initialize(1, "2025-11-25"), headers: [("X-Miosa-Agent", "builder"), ("X-Miosa-Workspace", "red")]);
        var session = begun.Headers.GetValues(Session).Single();

        using var same = await host.PostAsync(Said.Request(2, "ping"), headers: [(Session, session), ("X-Miosa-Agent", "builder"), ("X-Miosa-Workspace", "red")]);
        using var asOther = await host.PostAsync(Said.Request(3, "ping"), headers: [(Session, session), ("X-Miosa-Agent", "boss"), ("X-Miosa-Workspace", "red")]);
        using var elsewhere = await host.PostAsync(Said.Request(4, "ping"), headers: [(Session, session), ("X-Miosa-Agent", "builder"), ("X-Miosa-Workspace", "blue")]);
        using var asNobody = await host.PostAsync(Said.Request(5, "ping"), headers: [(Session, session)]);

        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound),
            (same.StatusCode, asOther.StatusCode, elsewhere.StatusCode, asNobody.StatusCode));
    }

    [Fact]
    public async Task Names_that_are_glued_together_differently_are_different_owners_of_a_session()
    {
        await using var host = await StartAsync();
        using var begun = await host.PostAsync(Said.Initialize(1, "2025-11-25"), headers: [("X-Miosa-Workspace", "ab"), ("X-Miosa-Agent", "c")]);
        var session = begun.Headers.GetValues(Session).Single();

        using var other = await host.PostAsync(Said.Request(2, "ping"), headers: [(Session, session), ("X-Miosa-Workspace", "a"), ("X-Miosa-Agent", "bc")]);

        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_that_waits_ends_when_its_key_is_revoked(bool inSession)
    {
        await using var host = await StartAsync();
        var key = await host.Keys.CreateAsync(Broad, Cancellation);
        using var client = host.NewClient(key.Text);
        var waiting = inSession
            ? host.PostAsync(Said.Call(2, "sandbox_exec"), client, headers: [(Session, await host.InitializeAsync(client)), ("MCP-Protocol-Version", "2025-11-25")])
            : PostCallAsync(host, client, "sandbox_exec");
        await host.Board.EnteredAsync();

        await host.Keys.RevokeAsync(key.Entry.Id, Cancellation);

        await host.Board.Cancelled.Task.InTime();
        using var answer = await waiting;
        Assert.DoesNotContain("principal", await EndOfAsync(answer), StringComparison.Ordinal);
        using var next = await PostCallAsync(host, client, "sandbox_list");
        Assert.Equal(HttpStatusCode.Unauthorized, next.StatusCode);
    }

    [Fact]
    public async Task Streams_and_sessions_end_with_the_key_that_opened_them_and_with_no_other()
    {
        await using var host = await StartAsync();
        var key = await host.Keys.CreateAsync(Broad, Cancellation);
        using var client = host.NewClient(key.Text);
        client.DefaultRequestHeaders.Accept.ParseAdd("text/event-stream");
        var session = await host.InitializeAsync(client);
        var sessions = host.Services.GetRequiredService<Miosa.Mcp.Transports.Http.HttpSessions>();
        await host.InitializeAsync();
        using var listen = new HttpRequestMessage(HttpMethod.Get, "/mcp");
        listen.Headers.Add(Session, session);
        using var listening = await client.SendAsync(listen, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        using var events = await client.GetAsync("/v1/events", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        Assert.Equal(2, sessions.Count);

        await host.Keys.RevokeAsync(key.Entry.Id, Cancellation);

        await EndOfAsync(listening);
        await EndOfAsync(events);
        using var next = await host.PostAsync(Said.Request(2, "ping"), client, headers: (Session, session));
        Assert.Equal((HttpStatusCode.Unauthorized, 1), (next.StatusCode, sessions.Count));
    }

    [Fact]
    public async Task Streams_end_when_a_token_expires_and_its_children_with_it()
    {
        var time = new FakeTime();
        await using var host = await StartAsync(time);
        using var maker = host.NewClient((await host.Keys.CreateAsync(Broad, Cancellation)).Text);
        using var token = host.NewClient((string)(await MakeAsync(maker, """{"scopes":["*"],"expires_in_seconds":60}"""))["token"]!);
        using var child = host.NewClient((string)(await MakeAsync(token, """{"scopes":["events:read"],"expires_in_seconds":3600}"""))["token"]!);
        using var events = await child.GetAsync("/v1/events", HttpCompletionOption.ResponseHeadersRead, Cancellation);

        time.Advance(TimeSpan.FromSeconds(59));
        using var still = await PostCallAsync(host, token, "sandbox_list");
        time.Advance(TimeSpan.FromSeconds(1));

        await EndOfAsync(events);
        using var after = await PostCallAsync(host, token, "sandbox_list");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (still.StatusCode, after.StatusCode));
        Assert.Contains("expired", await after.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Neither_the_log_nor_the_journal_nor_a_listing_holds_a_key()
    {
        using var temporary = new TemporaryHome();
        var secrets = new List<string>();
        await using (var host = await RunningHost.StartAsync(temporary.Home, server: PretendTools.Server))
        {
            var key = await host.Keys.CreateAsync(Broad, Cancellation);
            using var maker = host.NewClient(key.Text);
            var made = await MakeAsync(maker, """{"scopes":["*"],"workspace_id":"default"}""");
            secrets = [host.Key, key.Text, (string)made["token"]!, "msk_u_wrong-and-secret"];
            using var holder = host.NewClient((string)made["token"]!);
            await WhoAsync(host, holder);
            var listed = await GetAsync(maker, "/v1/tokens");
            using var deleted = await maker.DeleteAsync($"/v1/tokens/{made["id"]}", Cancellation);
            using var stranger = host.NewClient(secrets[^1]);
            using var wrong = await PostCallAsync(host, stranger, "sandbox_list");
            using var revoked = await PostCallAsync(host, holder, "sandbox_list");
            var events = await host.Services.GetRequiredService<Journal>().ReadAsync(new EventQuery { Workspace = "default", Limit = 100 }, Cancellation);

            Assert.Equal(["token.created", "token.revoked"], events.Select(entry => entry.Type).Where(type => type.StartsWith("token.", StringComparison.Ordinal)));
            Assert.All(
                (string[])[listed.ToJsonString(), await wrong.Content.ReadAsStringAsync(Cancellation), await revoked.Content.ReadAsStringAsync(Cancellation)],
                said => Assert.All(secrets, secret => Assert.DoesNotContain(secret[6..], said, StringComparison.Ordinal)));
        }

        foreach (var file in Directory.EnumerateFiles(temporary.Home.Path, "*", SearchOption.AllDirectories))
        {
            var text = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, Cancellation));
            Assert.All(secrets, secret => Assert.DoesNotContain(secret[6..], text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Who_guesses_on_and_on_is_told_to_stop_and_a_right_key_is_let_in_all_the_same()
    {
        await using var host = await StartAsync();
        using var stranger = host.NewClient("msk_u_guess");
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i <= FailedTries.MostInAWindow; i++)
        {
            using var answer = await PostCallAsync(host, stranger, "sandbox_list");
            statuses.Add(answer.StatusCode);
        }

        using var known = await PostCallAsync(host, host.Http, "sandbox_list");

        Assert.All(statuses[..^1], status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        Assert.Equal((HttpStatusCode.TooManyRequests, HttpStatusCode.OK), (statuses[^1], known.StatusCode));
    }

    [Theory]
    [InlineData("Basic bXNrX3VfeDp5")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("bearer msk_t_")]
    public async Task What_is_no_key_opens_nothing(string authorization)
    {
        await using var host = await StartAsync();
        using var stranger = host.NewClient(null);
        stranger.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);

        using var answer = await stranger.GetAsync("/v1/tokens", Cancellation);
        using var inQuery = await stranger.GetAsync($"/v1/tokens?key={host.Key}&token={host.Key}&access_token={host.Key}", Cancellation);

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (answer.StatusCode, inQuery.StatusCode));
    }

    private static Task<RunningHost> StartAsync(TimeProvider? time = null) => RunningHost.StartAsync(server: PretendTools.Server, time: time);

    private static Task<HttpResponseMessage> PostTokenAsync(HttpClient client, string body) =>
        client.PostAsync("/v1/tokens/scoped", new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")), Cancellation);

    private static async Task<JsonNode> MakeAsync(HttpClient client, string body)
    {
        using var answer = await PostTokenAsync(client, body);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;
    }

    private static async Task<JsonNode> GetAsync(HttpClient client, string path) => JsonNode.Parse(await client.GetStringAsync(path, Cancellation))!;

    private static Task<HttpResponseMessage> PostCallAsync(RunningHost host, HttpClient client, string tool, params (string Name, string Value)[] headers) =>
        host.PostAsync(Said.StatelessCall(1, tool), client, headers: [.. Said.StatelessHeaders("tools/call", tool), .. headers]);

    private static async Task<JsonNode> WhoAsync(RunningHost host, HttpClient client)
    {
        using var answer = await PostCallAsync(host, client, "sandbox_list");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var data = (await answer.Content.ReadAsStringAsync(Cancellation)).Split('\n').Single(line => line.StartsWith("data: {", StringComparison.Ordinal));
        return JsonNode.Parse(data["data: ".Length..])!["result"]!["structuredContent"]!;
    }

    /// <summary>What came until the server ended it, cleanly or not.</summary>
    private static async Task<string> EndOfAsync(HttpResponseMessage answer)
    {
        try
        {
            return await answer.Content.ReadAsStringAsync(Cancellation).InTime();
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            return "";
        }
    }
}
