using System.Text.Json;
using System.Text.Json.Nodes;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Calls;
using ModelContextProtocol.Protocol;
using static Miosa.Mcp.Tests.Approvals.Person;

namespace Miosa.Mcp.Tests.Approvals;

/// <summary>The person at the client may answer in the client, where the operator lets them, in both eras.</summary>
public sealed class ClientQuestionTests
{
    private const string Newest = "2026-07-28";
    private static readonly object Thing = new { name = "thing" };

    public static TheoryData<string> Eras => new(Newest, "2025-11-25");

    [Theory, MemberData(nameof(Eras))]
    public async Task A_yes_of_the_person_lets_the_same_call_go_on(string era)
    {
        await using var mcp = await StartAsync();
        var asked = 0;
        var client = await ConnectAsync(mcp, era, request =>
        {
            asked++;
            Assert.Contains("thing_remove needs your approval", request.Message, StringComparison.Ordinal);
            Assert.Contains("thing", request.Message, StringComparison.Ordinal);
            mcp.Time.Advance(TimeSpan.FromSeconds(3));
            return Answer("accept", "approve");
        });

        var result = await client.CallAsync("thing_remove", Thing);

        Assert.Equal("thing", (string)result["name"]!);
        Assert.Equal((1, 1), (asked, mcp.World.Runs));
        var told = Assert.Single(await mcp.EventsAsync(types: "approval.decided"));
        Assert.Equal(("client:local:1000", "client"), (told.Data.GetProperty("decided_by").GetString(), told.Data.GetProperty("via").GetString()));
    }

    [Theory, MemberData(nameof(Eras))]
    public async Task A_no_of_the_person_is_a_no(string era)
    {
        await using var mcp = await StartAsync();
        var client = await ConnectAsync(mcp, era, _ =>
        {
            mcp.Time.Advance(TimeSpan.FromSeconds(3));
            return Answer("accept", "deny");
        });

        Assert.Equal("APPROVAL_DENIED", Code(await client.RefusedAsync("thing_remove", Thing)));
        Assert.Equal(0, mcp.World.Runs);
    }

    [Theory]
    [InlineData(Newest, "decline", 0)]
    [InlineData(Newest, "cancel", 0)]
    [InlineData(Newest, "cancel", 60)]
    [InlineData("2025-11-25", "decline", 0)]
    [InlineData("2025-11-25", "cancel", 60)]
    public async Task A_reflex_or_a_dismissal_is_nobody_s_answer_and_the_request_waits_on(string era, string action, int seconds)
    {
        await using var mcp = await StartAsync();
        var client = await ConnectAsync(mcp, era, _ =>
        {
            mcp.Time.Advance(TimeSpan.FromSeconds(seconds));
            return new ElicitResult { Action = action };
        });

        var pending = await client.RefusedAsync("thing_remove", Thing);

        Assert.Equal(ApprovalState.Pending, (await mcp.RowAsync(Id(pending))).State);
        await mcp.ApproveAsync(pending);
        await client.CallAsync("thing_remove", Thing);
    }

    [Theory, MemberData(nameof(Eras))]
    public async Task A_yes_quicker_than_anybody_reads_is_a_program_s(string era)
    {
        await using var mcp = await StartAsync();
        var client = await ConnectAsync(mcp, era, _ => Answer("accept", "approve"));

        Assert.Equal(ApprovalState.Pending, (await mcp.RowAsync(Id(await client.RefusedAsync("thing_remove", Thing)))).State);
        Assert.Equal(0, mcp.World.Runs);
    }

    [Fact]
    public async Task Nothing_is_asked_through_the_client_unless_the_operator_says_so()
    {
        await using var mcp = await McpHarness.StartAsync(policy: "confirm-risky");
        var client = await ConnectAsync(mcp, Newest, _ => throw new InvalidOperationException("It was asked."));

        Id(await client.RefusedAsync("thing_remove", Thing));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_that_acts_for_somebody_relays_an_answer(bool isAgent)
    {
        await using var mcp = await StartAsync();
        var caller = isAgent ? McpHarness.Somebody with { Agent = "clerk" } : McpHarness.Somebody with { Kind = CallerKind.Delegated };
        var client = await ConnectAsync(mcp, Newest, _ => throw new InvalidOperationException("It was asked."), caller);

        Id(await client.RefusedAsync("thing_remove", Thing));
    }

    [Fact]
    public async Task A_call_with_a_key_whose_question_was_answered_is_made_once()
    {
        await using var mcp = await StartAsync();
        var client = await ConnectAsync(mcp, Newest, _ =>
        {
            mcp.Time.Advance(TimeSpan.FromSeconds(3));
            return Answer("accept", "approve");
        });
        var call = new { name = "thing", idempotency_key = "k" };

        var first = await client.CallAsync("thing_remove", call);
        var second = await client.CallAsync("thing_remove", call);

        Assert.Equal(first.ToJsonString(), second.ToJsonString());
        Assert.Equal(1, mcp.World.Runs);
    }

    [Fact]
    public async Task A_state_that_was_forged_used_before_or_given_for_another_call_or_caller_opens_nothing()
    {
        await using var mcp = await StartAsync();
        var somebody = McpHarness.Somebody;
        var state = await StateAsync(mcp);
        mcp.Time.Advance(TimeSpan.FromSeconds(3));

        // Swapped: another's, another agent's, another call's, another tool's. Forged: another id, another seal, none.
        await RefusesAsync(mcp, somebody with { Principal = "local:2" }, "thing_remove", "thing", state);
        await RefusesAsync(mcp, somebody with { Workspace = "other" }, "thing_remove", "thing", state);
        await RefusesAsync(mcp, somebody, "thing_remove", "other", state);
        await RefusesAsync(mcp, somebody, "thing_make", "thing", state);
        await RefusesAsync(mcp, somebody, "thing_remove", "thing", state.Replace("appr_0", "appr_1", StringComparison.Ordinal));
        await RefusesAsync(mcp, somebody, "thing_remove", "thing", state[..^1] + (state[^1] is '0' ? '1' : '0'));
        await RefusesAsync(mcp, somebody, "thing_remove", "thing", "miosa-approval.x");
        Assert.Equal(0, mcp.World.Runs);

        // Itself, with the person's yes; and once more.
        Assert.Null(await CodeAsync(mcp, somebody, "thing_remove", "thing", state));
        await RefusesAsync(mcp, somebody, "thing_remove", "thing", state);
        Assert.Equal(1, mcp.World.Runs);
    }

    [Fact]
    public async Task A_state_that_is_too_old_answers_nothing()
    {
        await using var mcp = await StartAsync();
        var state = await StateAsync(mcp);

        mcp.Time.Advance(TimeSpan.FromMinutes(16));

        Assert.Equal("PENDING_APPROVAL", await CodeAsync(mcp, McpHarness.Somebody, "thing_remove", "thing", state));
        Assert.Equal(0, mcp.World.Runs);
    }

    private static Task<McpHarness> StartAsync() => McpHarness.StartAsync(policy: "confirm-risky", settings: [KeyValuePair.Create<string, string?>("Approvals:AskThroughClient", "true")]);

    private static Task<TestClient> ConnectAsync(McpHarness mcp, string era, Func<ElicitRequestParams, ElicitResult> person, Caller? caller = null) =>
        mcp.ConnectAsync(caller, era, options => options.Handlers.ElicitationHandler = (request, _) => ValueTask.FromResult(person(request!)));

    private static ElicitResult Answer(string action, string decision) => new()
    {
        Action = action,
        Content = new Dictionary<string, JsonElement> { ["decision"] = JsonSerializer.SerializeToElement(decision) },
    };

    /// <summary>The state that the question about a call carries, as it goes over the wire.</summary>
    private static async Task<string> StateAsync(McpHarness mcp)
    {
        var result = await ResultAsync(mcp, McpHarness.Somebody, "thing_remove", "thing", state: null);
        Assert.Equal("input_required", (string)result["resultType"]!);
        return (string)result["requestState"]!;
    }

    private static async Task RefusesAsync(McpHarness mcp, Caller caller, string tool, string name, string state) =>
        Assert.Equal("INVALID_INPUT", await CodeAsync(mcp, caller, tool, name, state));

    /// <summary>The code of the refusal; null where the call was made.</summary>
    private static async Task<string?> CodeAsync(McpHarness mcp, Caller caller, string tool, string name, string state)
    {
        var result = await ResultAsync(mcp, caller, tool, name, state);
        return (bool?)result["isError"] is true ? Code(result["structuredContent"]!.AsObject()) : null;
    }

    private static async Task<JsonObject> ResultAsync(McpHarness mcp, Caller caller, string tool, string name, string? state)
    {
        var parameters = new JsonObject
        {
            ["name"] = tool,
            ["arguments"] = new JsonObject { ["name"] = name },
            ["_meta"] = new JsonObject
            {
                ["io.modelcontextprotocol/protocolVersion"] = Newest,
                ["io.modelcontextprotocol/clientInfo"] = new JsonObject { ["name"] = "probe", ["version"] = "1" },
                ["io.modelcontextprotocol/clientCapabilities"] = new JsonObject { ["elicitation"] = new JsonObject { ["form"] = new JsonObject() } },
            },
        };
        if (state is not null)
        {
            parameters["requestState"] = state;
            parameters["inputResponses"] = new JsonObject { ["approval"] = new JsonObject { ["action"] = "accept", ["content"] = new JsonObject { ["decision"] = "approve" } } };
        }
        var answer = await TestClient.SayAsync(mcp.Services, caller, new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = "tools/call", ["params"] = parameters });
        Assert.True(answer["result"] is not null, answer.ToJsonString());
        return answer["result"]!.AsObject();
    }
}
