using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Transports.Access;
using Miosa.Mcp.Transports.Http;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Miosa.Mcp.Tests.Transports.Http;

public sealed class McpEndpointTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("2024-11-05")]
    [InlineData("2025-03-26")]
    [InlineData("2025-06-18")]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task A_client_of_any_revision_lists_and_calls(string version)
    {
        await using var host = await RunningHost.StartAsync();
        await using var client = await host.ConnectAsync(new McpClientOptions { ProtocolVersion = version });

        var tools = await client.ListToolsAsync(cancellationToken: Cancellation);
        var result = await client.CallToolAsync("length", new Dictionary<string, object?>(StringComparer.Ordinal) { ["text"] = "four" }, cancellationToken: Cancellation);

        Assert.Equal(version, client.NegotiatedProtocolVersion);
        Assert.Equal(["length", "wait", "whoami"], tools.Select(t => t.Name).Order(StringComparer.Ordinal));
        Assert.Equal("4", Assert.IsType<TextContentBlock>(result.Content.Single()).Text);
        Assert.Equal("miosa", client.ServerInfo?.Name);
        Assert.NotEmpty(client.ServerInstructions!);
    }

    [Fact]
    public async Task The_caller_is_the_key_with_what_it_asked_for()
    {
        await using var host = await RunningHost.StartAsync();

        using var answer = await host.PostAsync(Said.Call(1, "whoami"), headers: [("X-Miosa-Workspace", "acme"), ("X-Miosa-Agent", "cfo"), ("X-Miosa-Toolsets", "files, previews"), ("X-Miosa-Read-Only", "true")]);

        var caller = JsonNode.Parse(await ResultTextAsync(answer))!;
        Assert.StartsWith("key:", (string)caller["Principal"]!, StringComparison.Ordinal);
        Assert.Equal(("http", "acme", "cfo", true), ((string)caller["Transport"]!, (string)caller["Workspace"]!, (string)caller["Agent"]!, (bool)caller["ReadOnly"]!));
        Assert.Equal(["files", "previews"], caller["Toolsets"]!.AsArray().Select(t => (string)t!));
    }

    [Fact]
    public async Task A_toolset_that_there_is_not_is_named_with_those_there_are()
    {
        await using var host = await RunningHost.StartAsync();

        using var answer = await host.PostAsync(Said.Call(1, "whoami"), headers: ("X-Miosa-Toolsets", "files,evnts"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var said = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains("evnts", said, StringComparison.Ordinal);
        Assert.Contains("default, approvals, files", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_was_deleted_is_over()
    {
        await using var host = await RunningHost.StartAsync();
        var session = await host.InitializeAsync();
        Assert.Matches("^[!-~]+$", session);

        using var delete = new HttpRequestMessage(HttpMethod.Delete, McpEndpoint.Path);
        delete.Headers.Add("Mcp-Session-Id", session);
        using var deleted = await host.Http.SendAsync(delete, Cancellation);
        using var after = await host.PostAsync(Said.Request(2, "ping"), headers: ("Mcp-Session-Id", session));

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, after.StatusCode);
    }

    [Fact]
    public async Task A_session_goes_on_with_the_next_host()
    {
        using var temporary = new TemporaryHome();
        var home = temporary.Home;
        await using var first = await RunningHost.StartAsync(home);
        var session = await first.InitializeAsync();
        await first.DisposeAsync();

        await using var second = await RunningHost.StartAsync(home, key: first.Key);
        using var answer = await second.PostAsync(Said.Call(2, "whoami"), headers: [("Mcp-Session-Id", session), ("MCP-Protocol-Version", "2025-11-25")]);

        Assert.Contains("key:", await ResultTextAsync(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_belongs_to_the_key_it_was_given_to()
    {
        await using var host = await RunningHost.StartAsync();
        var session = await host.InitializeAsync();
        using var other = host.NewClient(await host.Services.GetRequiredService<AccessKeys>().ReplaceAsync(Cancellation));

        using var answer = await host.PostAsync(Said.Request(2, "ping"), other, headers: ("Mcp-Session-Id", session));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData("made-up")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_session_that_was_never_given_is_not_found(string id)
    {
        await using var host = await RunningHost.StartAsync();

        using var answer = await host.PostAsync(Said.Request(2, "ping"), headers: ("Mcp-Session-Id", id));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task A_client_that_never_took_up_a_session_is_served()
    {
        await using var host = await RunningHost.StartAsync();

        using var answer = await host.PostAsync(Said.Request(7, "tools/list"));

        Assert.Contains("\"whoami\"", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Three_hundred_sessions_fit_where_sixteen_are_kept()
    {
        await using var host = await RunningHost.StartAsync(limits: new HttpLimits { Sessions = 16 });
        var sessions = new List<string>();
        for (var i = 0; i < 300; i++)
            sessions.Add(await host.InitializeAsync());

        using var eldest = await host.PostAsync(Said.Call(2, "whoami"), headers: [("Mcp-Session-Id", sessions[0]), ("MCP-Protocol-Version", "2025-11-25")]);
        var status = await HostClient.AskAsync(host.Home, HostControl.Status, Cancellation);

        Assert.Equal(HttpStatusCode.OK, eldest.StatusCode);
        Assert.Contains("key:", await ResultTextAsync(eldest), StringComparison.Ordinal);
        Assert.Equal(300, sessions.Distinct(StringComparer.Ordinal).Count());
        Assert.True(status!.Status!.Counts["http_sessions"] <= 16);
    }

    [Fact]
    public async Task A_session_is_listened_to_once_and_without_one_there_is_nothing_to_hear()
    {
        await using var host = await RunningHost.StartAsync();
        var session = await host.InitializeAsync();

        using var first = await ListenAsync(host, session);
        using var second = await ListenAsync(host, session);
        using var none = await ListenAsync(host, null);

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal("text/event-stream", first.Content.Headers.ContentType!.MediaType);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, second.StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, none.StatusCode);
    }

    [Theory]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"id\":1,\"method\":\"ping\"}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}")]
    [InlineData("\u0000\u0001")]
    public async Task What_is_no_message_is_a_bad_request(string body)
    {
        await using var host = await RunningHost.StartAsync();

        using var answer = await host.PostAsync(body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(-32600, (int)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!["error"]!["code"]!);
    }

    [Fact]
    public async Task A_depth_bomb_is_a_bad_request()
    {
        await using var host = await RunningHost.StartAsync();
        var bomb = Said.Call(1, "length", string.Concat(Enumerable.Repeat("{\"a\":", 100_000)) + "1" + new string('}', 100_000));

        using var answer = await host.PostAsync(bomb);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_body_up_to_the_limit_is_taken_and_one_beyond_it_is_not()
    {
        await using var host = await RunningHost.StartAsync();

        using var large = await host.PostAsync(Said.Call(1, "length", $$"""{"text":"{{new string('x', 4_000_000)}}"}"""));
        using var tooLarge = await host.PostAsync(Said.Call(1, "length", $$"""{"text":"{{new string('x', 4_300_000)}}"}"""));
        using var endless = await SendChunkedAsync(host, 5_000_000);

        Assert.Equal("4000000", await ResultTextAsync(large));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLarge.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, endless.StatusCode);
    }

    [Theory]
    [InlineData("MCP-Protocol-Version", "2099-01-01", -32022)]
    [InlineData("Mcp-Method", "tools/list", -32020)]
    [InlineData("Mcp-Method", "TOOLS/CALL", -32020)]
    [InlineData("Mcp-Name", "wait", -32020)]
    [InlineData("Mcp-Name", "=?base64?d2F?=", -32020)]
    [InlineData("Mcp-Name", null, -32020)]
    public async Task Headers_that_differ_from_the_body_are_refused(string header, string? value, int code)
    {
        await using var host = await RunningHost.StartAsync();
        var headers = Said.StatelessHeaders("tools/call", "whoami").Where(h => h.Item1 != header).ToList();
        if (value is not null)
            headers.Add((header, value));

        using var answer = await host.PostAsync(Said.StatelessCall(5, "whoami"), headers: [.. headers]);

        var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;
        Assert.Equal((HttpStatusCode.BadRequest, code, 5), (answer.StatusCode, (int)error["error"]!["code"]!, (int)error["id"]!));
    }

    [Theory]
    [InlineData("whoami")]
    [InlineData("  whoami ")]
    [InlineData("=?base64?d2hvYW1p?=")]
    public async Task Headers_that_agree_with_the_body_are_taken(string name)
    {
        await using var host = await RunningHost.StartAsync();

        using var answer = await host.PostAsync(Said.StatelessCall(5, "whoami"), headers: Said.StatelessHeaders("tools/call", name));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Mcp-Session-Id"));
    }

    [Fact]
    public async Task A_call_ends_when_its_stateless_client_vanishes()
    {
        await using var host = await RunningHost.StartAsync();
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);

        var call = host.PostAsync(Said.StatelessCall(1, "wait"), cancellationToken: gone.Token, headers: Said.StatelessHeaders("tools/call", "wait"));
        await host.Board.EnteredAsync();
        await gone.CancelAsync();

        await host.Board.Cancelled.Task.WaitAsync(Conversation.Patience);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await (await call).Content.ReadAsStringAsync(gone.Token));
    }

    [Fact]
    public async Task When_all_turns_and_the_queue_are_taken_clients_are_told_to_come_back()
    {
        await using var host = await RunningHost.StartAsync(limits: new HttpLimits { Executing = 2, Queued = 1 });
        var first = host.PostAsync(Said.Call(1, "wait"));
        var second = host.PostAsync(Said.Call(2, "wait"));
        await host.Board.EnteredAsync();
        await host.Board.EnteredAsync();

        // Whichever of the two comes last finds the queue full.
        var rest = new[] { host.PostAsync(Said.Call(3, "whoami")), host.PostAsync(Said.Call(4, "whoami")) };
        var refused = await await Task.WhenAny(rest).WaitAsync(Conversation.Patience);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("1", refused.Headers.GetValues("Retry-After").Single());
        using var health = await host.Http.GetAsync("/healthz", Cancellation);
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);

        host.Board.Gate.SetResult();
        foreach (var answer in (HttpResponseMessage[])[await first, await second, .. await Task.WhenAll(rest)])
            answer.Dispose();
        using var again = await host.PostAsync(Said.Call(5, "whoami"));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task A_host_stops_soon_although_calls_wait_in_it()
    {
        var host = await RunningHost.StartAsync();
        var session = await host.InitializeAsync();
        var alone = host.PostAsync(Said.StatelessCall(1, "wait"), headers: Said.StatelessHeaders("tools/call", "wait"));
        var inSession = host.PostAsync(Said.Call(2, "wait"), headers: [("Mcp-Session-Id", session), ("MCP-Protocol-Version", "2025-11-25")]);
        await using var client = await host.GreetAsync();
        await client.SayAsync(Said.Initialize(1, "2025-11-25"));
        await client.SayAsync(Said.Call(2, "wait"));
        for (var i = 0; i < 3; i++)
            await host.Board.EnteredAsync();

        var started = TimeProvider.System.GetTimestamp();
        await host.DisposeAsync();

        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(5));
        await Task.WhenAll(alone.ContinueWith(_ => { }, TaskScheduler.Default), inSession.ContinueWith(_ => { }, TaskScheduler.Default)).WaitAsync(Conversation.Patience);
    }

    [Fact]
    public async Task Two_hundred_calls_at_once_are_all_answered()
    {
        await using var host = await RunningHost.StartAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            using var answer = await host.PostAsync(Said.Call(i, "length", $$"""{"text":"{{new string('x', i)}}"}"""));
            return await ResultTextAsync(answer);
        }));

        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"{i}"), answers);
    }

    private static async Task<HttpResponseMessage> ListenAsync(RunningHost host, string? session)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, McpEndpoint.Path);
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (session is not null)
            request.Headers.Add("Mcp-Session-Id", session);
        return await host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
    }

    private static async Task<HttpResponseMessage> SendChunkedAsync(RunningHost host, int bytes)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, McpEndpoint.Path) { Content = new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes(new string(' ', bytes)))) };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        request.Headers.TransferEncodingChunked = true;
        return await host.Http.SendAsync(request, Cancellation);
    }

    private static async Task<string> ResultTextAsync(HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStringAsync(Cancellation);
        var data = body.Split('\n').Single(l => l.StartsWith("data:", StringComparison.Ordinal));
        return (string)JsonNode.Parse(data["data:".Length..])!["result"]!["content"]![0]!["text"]!;
    }
}
