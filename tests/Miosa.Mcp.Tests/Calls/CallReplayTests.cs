using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;

namespace Miosa.Mcp.Tests.Calls;

public sealed class CallReplayTests
{
    private const string Handshake = "2025-11-25";
    private const string Stateless = "2026-07-28";

    [Fact]
    public async Task The_same_key_and_arguments_give_the_same_answer_and_nothing_is_done_twice()
    {
        await using var mcp = await McpHarness.StartAsync();

        var first = await mcp.Client.RawAsync("thing_make", new { name = "a", count = 3, idempotency_key = "k" });
        var second = await mcp.Client.RawAsync("thing_make", new { count = 3, idempotency_key = "k", name = "a" });

        Assert.Equal(TestClient.Text(first), TestClient.Text(second));
        Assert.Equal(first.StructuredContent!.Value.GetRawText(), second.StructuredContent!.Value.GetRawText());
        Assert.Equal(3, mcp.World.Runs);
        Assert.Single(await mcp.EventsAsync(types: "tool.started"));
    }

    [Fact]
    public async Task Twenty_calls_at_once_with_one_key_do_it_once_and_all_get_the_answer()
    {
        await using var mcp = await McpHarness.StartAsync();
        var clients = new List<TestClient>();
        for (var i = 0; i < 4; i++)
            clients.Add(await mcp.ConnectAsync());

        var calls = Enumerable.Range(0, 20).Select(i => clients[i % 4].CallAsync("thing_wait", new { name = "a", idempotency_key = "k" })).ToList();
        await mcp.World.Entered.Task.InTime();
        mcp.World.Gate.SetResult();
        var answers = await Task.WhenAll(calls);

        Assert.Equal(1, mcp.World.Runs);
        Assert.All(answers, answer => Assert.True(JsonNode.DeepEquals(answers[0], answer)));
    }

    [Fact]
    public async Task The_next_host_gives_the_answer_that_the_last_one_gave()
    {
        await using var mcp = await McpHarness.StartAsync();
        var first = await mcp.Client.CallAsync("thing_make", new { name = "a", idempotency_key = "k" });

        await using var next = await mcp.NextHostAsync();
        var second = await next.Client.CallAsync("thing_make", new { name = "a", idempotency_key = "k" });

        Assert.True(JsonNode.DeepEquals(first, second));
        Assert.Equal(1, mcp.World.Runs);
    }

    [Fact]
    public async Task A_key_stands_for_one_tool_with_one_set_of_arguments()
    {
        await using var mcp = await McpHarness.StartAsync();
        await mcp.Client.CallAsync("thing_make", new { name = "a", idempotency_key = "k" });

        var arguments = await mcp.Client.RefusedAsync("thing_make", new { name = "b", idempotency_key = "k" });
        var tool = await mcp.Client.RefusedAsync("thing_remove", new { name = "a", idempotency_key = "k" });

        Assert.Equal("IDEMPOTENCY_CONFLICT", (string?)arguments["code"]);
        Assert.Equal("The idempotency_key `k` was used before for other arguments.", (string?)arguments["message"]);
        Assert.Equal("The idempotency_key `k` was used before for thing_make.", (string?)tool["message"]);
        Assert.Equal(1, mcp.World.Runs);
    }

    [Fact]
    public async Task A_key_of_a_call_under_way_is_taken_for_other_arguments_at_once()
    {
        await using var mcp = await McpHarness.StartAsync();
        var first = mcp.Client.CallAsync("thing_wait", new { name = "a", idempotency_key = "k" });
        await mcp.World.Entered.Task.InTime();

        var refusal = await mcp.Client.RefusedAsync("thing_wait", new { name = "b", idempotency_key = "k" });

        Assert.Equal("IDEMPOTENCY_CONFLICT", (string?)refusal["code"]);
        mcp.World.Gate.SetResult();
        await first;
    }

    [Fact]
    public async Task The_same_key_of_another_principal_or_workspace_is_another_key()
    {
        await using var mcp = await McpHarness.StartAsync();
        var stranger = await mcp.ConnectAsync(McpHarness.Somebody with { Principal = "local:1001" });
        var elsewhere = await mcp.ConnectAsync(McpHarness.Somebody with { Workspace = "acme" });

        await mcp.Client.CallAsync("thing_make", new { name = "a", idempotency_key = "k" });
        var second = await stranger.CallAsync("thing_make", new { name = "b", idempotency_key = "k" });
        var third = await elsewhere.CallAsync("thing_make", new { name = "c", idempotency_key = "k" });

        Assert.Equal(("b", "c", 3), ((string?)second["name"], (string?)third["name"], mcp.World.Runs));
        Assert.Equal("acme", (string?)third["workspace"]);
    }

    [Theory]
    [InlineData("Unavailable")]
    [InlineData("Timeout")]
    [InlineData("BUG")]
    public async Task What_failed_nobody_knows_where_is_not_done_again_with_the_same_key(string code)
    {
        await using var mcp = await McpHarness.StartAsync();
        await mcp.Client.RefusedAsync("thing_fail", new { code, idempotency_key = "k" });
        mcp.World.IsMended = true;

        var refusal = await mcp.Client.RefusedAsync("thing_fail", new { code, idempotency_key = "k" });

        Assert.Equal("OUTCOME_UNKNOWN", (string?)refusal["code"]);
    }

    [Theory]
    [InlineData("Conflict")]
    [InlineData("DiskFull")]
    public async Task What_was_refused_without_an_effect_may_be_tried_again_with_the_same_key(string code)
    {
        await using var mcp = await McpHarness.StartAsync();
        await mcp.Client.RefusedAsync("thing_fail", new { code, idempotency_key = "k" });
        mcp.World.IsMended = true;

        var answer = await mcp.Client.CallAsync("thing_fail", new { code, idempotency_key = "k" });

        Assert.Equal("mended", (string?)answer["name"]);
    }

    [Fact]
    public async Task What_was_refused_before_it_began_may_be_tried_again_with_the_same_key()
    {
        await using var mcp = await McpHarness.StartAsync();
        await mcp.Client.RefusedAsync("thing_make", new { name = "a", count = 99, idempotency_key = "k" });

        await mcp.Client.CallAsync("thing_make", new { name = "a", count = 9, idempotency_key = "k" });
    }

    [Fact]
    public async Task Whether_a_call_that_its_host_did_not_survive_took_effect_is_not_known_and_said_so()
    {
        await using var mcp = await McpHarness.StartAsync();
        var lost = mcp.Client.RawAsync("thing_wait", new { name = "a", idempotency_key = "k" });
        await mcp.World.Entered.Task.InTime();

        await using var next = await mcp.NextHostAsync();
        var refusal = await next.Client.RefusedAsync("thing_wait", new { name = "a", idempotency_key = "k" });

        Assert.Equal(("OUTCOME_UNKNOWN", false), ((string?)refusal["code"], (bool)refusal["retryable"]!));
        var begun = Assert.Single(await next.EventsAsync(types: "tool.started"));
        Assert.Contains(begun.CallId!, (string?)refusal["next_step"], StringComparison.Ordinal);
        mcp.World.Gate.SetResult();
        await lost;
    }

    [Fact]
    public async Task An_idempotent_call_that_its_host_did_not_survive_is_done_again()
    {
        await using var mcp = await McpHarness.StartAsync();
        var lost = mcp.Client.RawAsync("thing_keep", new { name = "a", idempotency_key = "k" });
        await mcp.World.Entered.Task.InTime();

        await using var next = await mcp.NextHostAsync();
        mcp.World.Entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var again = next.Client.CallAsync("thing_keep", new { name = "a", idempotency_key = "k" });
        await mcp.World.Entered.Task.InTime();
        mcp.World.Gate.SetResult();
        await Task.WhenAll(again, lost);
        var second = await next.Client.CallAsync("thing_keep", new { name = "a", idempotency_key = "k" });
        var third = await next.Client.CallAsync("thing_keep", new { name = "a", idempotency_key = "k" });

        Assert.True(JsonNode.DeepEquals(second, third));
        Assert.Equal(2, mcp.World.Runs);
    }

    [Fact]
    public async Task A_host_that_stops_in_the_middle_leaves_the_key_taken()
    {
        await using var mcp = await McpHarness.StartAsync();
        var broken = mcp.Client.RefusedAsync("thing_wait", new { name = "a", idempotency_key = "k" });
        await mcp.World.Entered.Task.InTime();

        mcp.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        var first = await broken;
        await using var next = await mcp.NextHostAsync();
        var second = await next.Client.RefusedAsync("thing_wait", new { name = "a", idempotency_key = "k" });

        Assert.Equal(("UNAVAILABLE", "OUTCOME_UNKNOWN"), ((string?)first["code"], (string?)second["code"]));
    }

    [Fact]
    public async Task A_mutation_goes_on_without_its_client_and_its_answer_is_kept()
    {
        await using var mcp = await McpHarness.StartAsync();
        var client = await mcp.ConnectAsync();
        var lost = client.RawAsync("thing_wait", new { name = "a", idempotency_key = "k" });
        await mcp.World.Entered.Task.InTime();

        var gone = client.HangUpAsync();
        mcp.World.Gate.SetResult();
        await gone;
        await Assert.ThrowsAnyAsync<Exception>(() => lost);

        var answer = await mcp.Client.CallAsync("thing_wait", new { name = "a", idempotency_key = "k" });
        Assert.Equal(("a", 1), ((string?)answer["name"], mcp.World.Runs));
        Assert.Single(await mcp.EventsAsync(types: "tool.completed"));
    }

    [Theory, InlineData(Handshake), InlineData(Stateless)]
    public async Task A_cancelled_call_with_a_key_goes_on_and_its_answer_is_kept(string version)
    {
        await using var mcp = await McpHarness.StartAsync();
        var client = await mcp.ConnectAsync(version: version);
        var lost = client.RawAsync("thing_wait", new { name = "a", idempotency_key = "k" });
        await mcp.World.Entered.Task.InTime();

        await client.CancelFirstCallAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lost);
        mcp.World.Gate.SetResult();

        Assert.Equal("a", (string?)(await mcp.Client.CallAsync("thing_wait", new { name = "a", idempotency_key = "k" }))["name"]);
        Assert.Equal(1, mcp.World.Runs);
    }

    [Theory, InlineData(Handshake), InlineData(Stateless)]
    public async Task A_cancelled_call_without_a_key_is_broken_off(string version)
    {
        await using var mcp = await McpHarness.StartAsync();
        var client = await mcp.ConnectAsync(version: version);
        var lost = client.RawAsync("thing_wait", new { name = "a" });
        await mcp.World.Entered.Task.InTime();

        await client.CancelFirstCallAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lost);
        var ended = await mcp.Journal.WaitAsync(new EventQuery { Workspace = "default", Types = ["tool.failed"] }, Bounded.Limit, CancellationToken.None).InTime();

        Assert.Equal("CANCELLED", Assert.Single(ended).Data.GetProperty("code").GetString());
        Assert.Equal(0, mcp.World.Runs);
    }

    [Fact]
    public async Task Who_waits_for_the_call_of_another_may_give_up_without_ending_it()
    {
        await using var mcp = await McpHarness.StartAsync();
        var first = mcp.Client.CallAsync("thing_wait", new { name = "a", idempotency_key = "k" });
        await mcp.World.Entered.Task.InTime();
        var impatient = await mcp.ConnectAsync();
        var second = impatient.RawAsync("thing_wait", new { name = "a", idempotency_key = "k" });

        await impatient.CancelFirstCallAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        mcp.World.Gate.SetResult();

        Assert.Equal("a", (string?)(await first)["name"]);
    }

    [Fact]
    public async Task An_answer_is_kept_for_a_day()
    {
        await using var mcp = await McpHarness.StartAsync();
        await mcp.Client.CallAsync("thing_make", new { name = "a", idempotency_key = "k" });

        mcp.Time.Advance(TimeSpan.FromHours(23.5));
        await mcp.Client.CallAsync("thing_make", new { name = "b", idempotency_key = "barrier" });
        Assert.Equal(2, await KeysAsync(mcp));

        mcp.Time.Advance(TimeSpan.FromHours(1));
        await Bounded.UntilAsync(() => KeysAsync(mcp).GetAwaiter().GetResult() is 1);
        await mcp.Client.CallAsync("thing_make", new { name = "other", idempotency_key = "k" });
    }

    [Fact]
    public async Task A_clock_that_was_set_back_loses_no_answer()
    {
        await using var mcp = await McpHarness.StartAsync();
        await mcp.Client.CallAsync("thing_make", new { name = "a", idempotency_key = "k" });

        mcp.Time.SetUtcNow(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await mcp.Services.GetRequiredService<CallStore>().PruneAsync(CancellationToken.None);
        await mcp.Client.CallAsync("thing_make", new { name = "a", idempotency_key = "k" });

        Assert.Equal(1, mcp.World.Runs);
    }

    [Fact]
    public async Task What_was_done_is_answered_and_never_done_again_when_the_answer_cannot_be_stored()
    {
        await using var mcp = await McpHarness.StartAsync();
        var call = mcp.Client.CallAsync("thing_wait", new { name = "a", idempotency_key = "k" });
        await mcp.World.Entered.Task.InTime();

        // From here the database refuses what the end of this call has to write.
        await mcp.Database.WriteAsync(
            connection => connection.Execute(
                """
                create trigger no_answers before update on calls begin select raise(abort, 'refused'); end;
                create trigger no_releases before delete on calls begin select raise(abort, 'refused'); end;
                """), CancellationToken.None);
        mcp.World.Gate.SetResult();

        Assert.Equal("a", (string?)(await call)["name"]);
        Assert.Equal("OUTCOME_UNKNOWN", (string?)(await mcp.Client.RefusedAsync("thing_wait", new { name = "a", idempotency_key = "k" }))["code"]);
        Assert.Equal(1, mcp.World.Runs);
    }

    private static Task<long> KeysAsync(McpHarness mcp) =>
        mcp.Database.ReadAsync(connection => connection.ExecuteScalar<long>("select count(*) from calls"), CancellationToken.None);
}
