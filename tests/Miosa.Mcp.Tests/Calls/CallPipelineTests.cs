using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Calls;
using ModelContextProtocol;

namespace Miosa.Mcp.Tests.Calls;

public sealed class CallPipelineTests
{
    [Fact]
    public async Task Where_the_policy_cannot_be_read_the_answer_says_what_is_wrong_and_what_to_do()
    {
        await using var mcp = await McpHarness.StartAsync();
        var elsewhere = await mcp.ConnectAsync(McpHarness.Somebody with { Workspace = "elsewhere" });
        mcp.Database.Dispose();

        var refusal = await elsewhere.RefusedAsync("thing_get");
        var list = await Assert.ThrowsAsync<McpProtocolException>(() => elsewhere.ToolsAsync());

        Assert.Equal("STORAGE_UNAVAILABLE", (string)refusal["code"]!);
        Assert.StartsWith("call_", (string)refusal["request_id"]!, StringComparison.Ordinal);
        Assert.NotEmpty((string)refusal["next_step"]!);
        Assert.Contains("The database is closed", list.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_is_the_same_json_as_text_and_as_structured_content()
    {
        await using var mcp = await McpHarness.StartAsync();

        var result = await mcp.Client.RawAsync("thing_make", new { name = "Größe 😀", count = 2 });

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(TestClient.Text(result)), JsonNode.Parse(result.StructuredContent!.Value.GetRawText())));
        Assert.Equal("""{"name":"Größe \uD83D\uDE00","number":2,"workspace":"default"}""", TestClient.Text(result));
    }

    [Theory]
    [InlineData("""{}""", "`name` is missing; it takes a string.")]
    [InlineData("""{"name":null}""", "`name` is missing; it takes a string.")]
    [InlineData("""{"name":5}""", "`name` is 5; it takes a string. Send it in quotes.")]
    [InlineData("""{"name":"a","count":"5"}""", "`count` is \"5\"; it takes a whole number from 1 to 10. Send the number without quotes.")]
    [InlineData("""{"name":"a","count":1.5}""", "`count` is 1.5; it takes a whole number from 1 to 10.")]
    [InlineData("""{"name":"a","count":11}""", "`count` is 11; it takes 1 to 10.")]
    [InlineData("""{"name":"a","count":99999999999999999999}""", "`count` is 99999999999999999999; it takes a whole number from 1 to 10.")]
    [InlineData("""{"name":"a","size":"Small"}""", "`size` is \"Small\"; it takes one of \"small\", \"large\".")]
    [InlineData("""{"name":"a","size":0}""", "`size` is 0; it takes one of \"small\", \"large\". Send it in quotes.")]
    [InlineData("""{"name":"a","shiny":"true"}""", "`shiny` is \"true\"; it takes true or false. Send it without quotes.")]
    [InlineData("""{"name":"a","tags":[]}""", "`tags` is a list of 0; it takes 1 to 3 items.")]
    [InlineData("""{"name":"a","tags":["a",1]}""", "`tags`[1] is 1; it takes a string. Send it in quotes.")]
    [InlineData("""{"name":"a","tags":"[\"a\"]"}""", "`tags` is \"[\\\"a\\\"]\"; it takes a list of which each is a string. Send JSON, not a string that holds it.")]
    [InlineData("""{"name":"a","labels":{"x":1}}""", "`labels`.x is 1; it takes a string. Send it in quotes.")]
    [InlineData("""{"name":"a","parts":[{"name":"p","count":9}]}""", "In `parts`[0]: `count` is 9; it takes 1 to 5.")]
    [InlineData("""{"name":"a","parts":[{"nam":"p"}]}""", "In `parts`[0]: `name` is missing; it takes a string. In `parts`[0]: `nam` is not an argument of this tool; did you mean `name`?")]
    [InlineData("""{"name":"a","cuont":1}""", "`cuont` is not an argument of this tool; did you mean `count`?")]
    [InlineData("""{"name":"a","weight":1e999}""", "`weight` holds half of a surrogate pair, a name twice in one object, or a number that no double holds.")]
    [InlineData("""{"name":"a","labels":{"x":"1","x":"2"}}""", "`labels` holds half of a surrogate pair, a name twice in one object, or a number that no double holds.")]
    [InlineData("""{"name":"a","idempotency_key":""}""", "`idempotency_key` is 0 characters long; it takes 1 to 128 characters.")]
    [InlineData("""{"name":"a","idempotency_key":7}""", "`idempotency_key` is 7; it takes a string. Send it in quotes.")]
    [InlineData("""{"count":0,"size":"huge"}""", "`name` is missing; it takes a string. `count` is 0; it takes 1 to 10. `size` is \"huge\"; it takes one of \"small\", \"large\".")]
    public async Task A_wrong_argument_is_named_with_what_was_given_and_what_is_allowed(string arguments, string message)
    {
        await using var mcp = await McpHarness.StartAsync();

        var refusal = await mcp.Client.RefusedAsync("thing_make", JsonDocument.Parse(arguments).RootElement);

        Assert.Equal("INVALID_INPUT", (string?)refusal["code"]);
        Assert.Equal(message, (string?)refusal["message"]);
        Assert.Equal(0, mcp.World.Runs);
        Assert.Empty(await mcp.EventsAsync());
    }

    [Fact]
    public async Task What_clients_add_to_any_call_is_passed_over()
    {
        await using var mcp = await McpHarness.StartAsync();

        await mcp.Client.CallAsync("thing_make", new { name = "a", wait_for_previous = true });
        await mcp.Client.CallAsync("thing_get", new { wait_for_previous = false });
    }

    [Fact]
    public async Task A_read_takes_no_idempotency_key()
    {
        await using var mcp = await McpHarness.StartAsync();

        var refusal = await mcp.Client.RefusedAsync("thing_get", new { idempotency_key = "k" });

        Assert.Contains("`idempotency_key` is not an argument", (string?)refusal["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_tool_is_a_protocol_error_that_suggests_what_the_caller_may_see()
    {
        await using var mcp = await McpHarness.StartAsync();

        var near = await Assert.ThrowsAsync<McpProtocolException>(() => mcp.Client.RawAsync("thing_mak"));
        var hidden = await Assert.ThrowsAsync<McpProtocolException>(() => mcp.Client.RawAsync("thing_extra"));
        var far = await Assert.ThrowsAsync<McpProtocolException>(() => mcp.Client.RawAsync(new string('x', 100_000)));

        Assert.Contains("Did you mean 'thing_make'?", near.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Did you mean 'thing_extra'?", hidden.Message, StringComparison.Ordinal);
        Assert.InRange(far.Message.Length, 1, 300);
    }

    [Fact]
    public async Task The_text_of_an_unknown_exception_stays_in_the_log_where_the_request_id_finds_it()
    {
        await using var mcp = await McpHarness.StartAsync();

        var result = await mcp.Client.RawAsync("thing_fail", new { code = "BUG" });

        var refusal = JsonNode.Parse(TestClient.Text(result))!;
        Assert.True(result.IsError);
        Assert.Equal("INTERNAL", (string?)refusal["code"]);
        Assert.DoesNotContain("swordfish", result.StructuredContent!.Value.GetRawText() + TestClient.Text(result), StringComparison.Ordinal);
        Assert.Contains(mcp.Log.Lines, line => line.Contains((string)refusal["request_id"]!, StringComparison.Ordinal) && line.Contains(TestTools.Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_failure_has_the_one_shape()
    {
        await using var mcp = await McpHarness.StartAsync();

        var refusal = await mcp.Client.RefusedAsync("thing_fail", new { code = "Gone" });

        Assert.Equal(["code", "message", "cause", "remediation", "next_step", "retryable", "request_id"], refusal.Select(property => property.Key));
        Assert.All(refusal, property => Assert.NotEqual("", property.Value!.ToString()));
    }

    [Fact]
    public async Task A_mutation_leaves_its_beginning_and_end_in_the_journal_and_a_read_leaves_nothing()
    {
        await using var mcp = await McpHarness.StartAsync();

        await mcp.Client.CallAsync("thing_make", new { name = "a" });
        await mcp.Client.CallAsync("thing_get");
        var refusal = await mcp.Client.RefusedAsync("thing_fail", new { code = "NotFound" });

        var events = await mcp.EventsAsync();
        Assert.Equal(["tool.started", "tool.completed", "tool.started", "tool.failed"], events.Select(entry => entry.Type));
        Assert.Equal("thing.make", events[0].Data.GetProperty("capability").GetString());
        Assert.Equal("write", events[0].Data.GetProperty("risk").GetString());
        Assert.Equal(events[0].CallId, events[1].CallId);
        Assert.Equal("NOT_FOUND", events[3].Data.GetProperty("code").GetString());
        Assert.Equal((string?)refusal["request_id"], events[3].CallId);
    }

    [Fact]
    public async Task A_hash_stands_for_the_arguments_and_not_for_the_order_they_came_in()
    {
        await using var mcp = await McpHarness.StartAsync();

        await mcp.Client.CallAsync("thing_make", new { name = "a", count = 2 });
        await mcp.Client.CallAsync("thing_make", new { count = 2, name = "a", idempotency_key = "k" });
        await mcp.Client.CallAsync("thing_make", new { name = "a", count = 3 });

        var hashes = (await mcp.EventsAsync(types: "tool.started")).Select(entry => entry.Data.GetProperty("call_hash").GetString()).ToList();
        Assert.Equal(hashes[0], hashes[1]);
        Assert.NotEqual(hashes[0], hashes[2]);
    }

    [Fact]
    public async Task A_host_with_a_tool_that_says_nothing_of_itself_does_not_start_and_names_it()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => McpHarness.StartAsync(mcp => mcp.AddTools<ForgetfulTools>()));

        Assert.Contains("thing_forget", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_with_a_mutation_that_takes_no_key_does_not_start_and_names_it()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => McpHarness.StartAsync(mcp => mcp.WithTools<KeylessTools>()));

        Assert.Contains("thing_slip", failure.Message, StringComparison.Ordinal);
        Assert.Contains("AddTools", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Annotations_follow_from_the_capability()
    {
        await using var mcp = await McpHarness.StartAsync();

        var tools = (await mcp.Client.ToolsAsync()).ToDictionary(tool => tool.Name, tool => tool.Annotations!);

        Assert.Equal((true, false, true, false), Hints("thing_get"));
        Assert.Equal((false, false, false, false), Hints("thing_make"));
        Assert.Equal((false, false, true, false), Hints("thing_keep"));
        Assert.Equal((false, true, false, true), Hints("thing_remove"));

        (bool?, bool?, bool?, bool?) Hints(string tool) => (tools[tool].ReadOnlyHint, tools[tool].DestructiveHint, tools[tool].IdempotentHint, tools[tool].OpenWorldHint);
    }

    [Theory]
    [InlineData(false, new string[0], "event_list thing_fail thing_get thing_keep thing_make thing_remove thing_wait")]
    [InlineData(true, new string[0], "event_list thing_get")]
    [InlineData(false, new[] { "extra" }, "thing_extra")]
    [InlineData(true, new[] { "extra" }, "")]
    [InlineData(false, new[] { "default", "extra" }, "event_list thing_extra thing_fail thing_get thing_keep thing_make thing_remove thing_wait")]
    [InlineData(false, new[] { "all" }, "event_list thing_extra thing_fail thing_get thing_keep thing_make thing_remove thing_wait")]
    [InlineData(false, new[] { "nonsense" }, "")]
    public async Task The_list_and_the_calls_agree_on_what_a_caller_may_use(bool readOnly, string[] toolsets, string expected)
    {
        await using var mcp = await McpHarness.StartAsync();
        mcp.World.Gate.SetResult();
        mcp.World.IsMended = true;
        var client = await mcp.ConnectAsync(McpHarness.Somebody with { ReadOnly = readOnly, Toolsets = toolsets });

        var listed = (await client.ToolsAsync()).Select(tool => tool.Name).ToList();

        Assert.Equal(expected, string.Join(' ', listed));
        foreach (var tool in (string[])["event_list", "thing_extra", "thing_fail", "thing_get", "thing_keep", "thing_make", "thing_remove", "thing_wait"])
            Assert.Equal(listed.Contains(tool), await MayCallAsync(client, tool));
    }

    [Fact]
    public async Task A_read_only_connection_is_told_so_and_changes_nothing()
    {
        await using var mcp = await McpHarness.StartAsync();
        var client = await mcp.ConnectAsync(McpHarness.Somebody with { ReadOnly = true });

        var refusal = await client.RefusedAsync("thing_make", new { name = "a", idempotency_key = "k" });

        Assert.Equal("DENIED", (string?)refusal["code"]);
        Assert.Equal(0, mcp.World.Runs);
        await mcp.Client.CallAsync("thing_make", new { name = "a", idempotency_key = "k" });
    }

    [Fact]
    public async Task Monstrous_arguments_get_a_short_answer()
    {
        await using var mcp = await McpHarness.StartAsync();
        var nested = new string('[', 60) + new string(']', 60);

        foreach (var arguments in (string[])
        [
            JsonSerializer.Serialize(new { name = 1, size = string.Concat(Enumerable.Repeat("😀", 200_000)) }),
            JsonSerializer.Serialize(Enumerable.Range(0, 10_000).ToDictionary(i => $"wrong{i}", i => i)),
            JsonSerializer.Serialize(new { name = "a", tags = Enumerable.Repeat(1, 100_000) }),
            JsonSerializer.Serialize(new { name = "a", parts = Enumerable.Repeat(new Dictionary<string, int> { [new string('y', 10_000)] = 1 }, 100) }),
            "{\"name\":" + nested + "}",
            "{\"name\":\"a\",\"labels\":{\"x\":" + nested + "}}",
        ])
        {
            var result = await mcp.Client.RawAsync("thing_make", JsonDocument.Parse(arguments).RootElement);
            Assert.True(result.IsError);
            Assert.Contains("INVALID_INPUT", TestClient.Text(result), StringComparison.Ordinal);
            Assert.InRange(TestClient.Text(result).Length, 1, 7_000);
        }
    }

    [Fact]
    public async Task A_megabyte_in_an_argument_is_ordinary()
    {
        await using var mcp = await McpHarness.StartAsync();

        var made = await mcp.Client.CallAsync("thing_make", new { name = new string('x', 1_000_000), idempotency_key = "k" });
        var again = await mcp.Client.CallAsync("thing_make", new { name = new string('x', 1_000_000), idempotency_key = "k" });

        Assert.Equal(1_000_000, ((string)made["name"]!).Length);
        Assert.True(JsonNode.DeepEquals(made, again));
        Assert.Equal(1, mcp.World.Runs);
    }

    [Fact]
    public async Task Half_a_surrogate_pair_is_refused_wherever_it_hides()
    {
        await using var mcp = await McpHarness.StartAsync();

        foreach (var arguments in (string[])["""{"name":"\ud800"}""", """{"name":"a","tags":["\udc00"]}""", """{"name":"a","labels":{"\ud800":"x"}}""", """{"name":"a","idempotency_key":"\ud800"}"""])
        {
            var schema = (await mcp.Client.ToolsAsync()).Single(tool => tool.Name is "thing_make").InputSchema;
            var given = JsonDocument.Parse(arguments).RootElement.EnumerateObject().ToDictionary(property => property.Name, property => property.Value);

            Assert.Contains("surrogate", Assert.Single(ArgumentValidator.Check(schema, given)), StringComparison.Ordinal);
        }
    }

    private static async Task<bool> MayCallAsync(TestClient client, string tool)
    {
        try
        {
            var result = await client.RawAsync(tool, tool is "thing_fail" ? new { code = "Gone" } : tool is "event_list" or "thing_get" or "thing_extra" ? new { } : new { name = "a" });
            return result.IsError is not true;
        }
        catch (McpProtocolException)
        {
            return false;
        }
    }
}
