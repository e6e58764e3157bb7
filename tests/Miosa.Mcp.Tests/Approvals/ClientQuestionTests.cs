using System.Text.Json;
using System.Text.Json.Nodes;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Calls;
using ModelContextProtocol;
using ModelContextProtocol.Client;
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
        var state = await StateAsync(mcp, "thing_remove", Thing);
        var other = await ConnectAsync(mcp, Newest, Never, McpHarness.Somebody with { Principal = "local:2" });
        mcp.Time.Advance(TimeSpan.FromSeconds(3));

        // Swapped: another's, another call's, another tool's. Forged: another id, another time.
        await RefusesAsync(other, "thing_remove", Thing, state);
        await RefusesAsync(mcp.Client, "thing_remove", new { name = "other" }, state);
        await RefusesAsync(mcp.Client, "thing_make", Thing, state);
        await RefusesAsync(mcp.Client, "thing_remove", Thing, state.Replace("appr_0", "appr_1", StringComparison.Ordinal));
        await RefusesAsync(mcp.Client, "thing_remove", Thing, state[..^1] + (state[^1] is '0' ? '1' : '0'));
        await RefusesAsync(mcp.Client, "thing_remove", Thing, "miosa-approval.x");
        Assert.Equal(0, mcp.World.Runs);

        // Itself, with the person's yes; and once more.
        Assert.False((await WithStateAsync(mcp.Client, "thing_remove", Thing, state)).IsError is true);
        await RefusesAsync(mcp.Client, "thing_remove", Thing, state);
        Assert.Equal(1, mcp.World.Runs);
    }

    [Fact]
    public async Task A_state_that_is_too_old_answers_nothing()
    {
        await using var mcp = await StartAsync();
        var state = await StateAsync(mcp, "thing_remove", Thing);

        mcp.Time.Advance(TimeSpan.FromMinutes(16));

        Assert.Equal("PENDING_APPROVAL", Code(Body(await WithStateAsync(mcp.Client, "thing_remove", Thing, state))));
        Assert.Equal(0, mcp.World.Runs);
    }

    private static Task<McpHarness> StartAsync() => McpHarness.StartAsync(policy: "confirm-risky", settings: [KeyValuePair.Create<string, string?>("Approvals:AskThroughClient", "true")]);

    private static Task<TestClient> ConnectAsync(McpHarness mcp, string era, Func<ElicitRequestParams, ElicitResult> person, Caller? caller = null) =>
        mcp.ConnectAsync(caller, era, options => options.Handlers.ElicitationHandler = (request, _) => ValueTask.FromResult(person(request!)));

    private static ElicitResult Never(ElicitRequestParams request) => new() { Action = "cancel" };

    private static ElicitResult Answer(string action, string decision) => new()
    {
        Action = action,
        Content = new Dictionary<string, JsonElement> { ["decision"] = JsonSerializer.SerializeToElement(decision) },
    };

    /// <summary>The state that a question for this call carries, as it goes over the wire.</summary>
    private static async Task<string> StateAsync(McpHarness mcp, string tool, object arguments)
    {
        // By hand: the SDK's client answers the question itself, and shows its state to nobody.
        var client = await ConnectAsync(mcp, Newest, Never);
        var response = await RequestAsync(client, tool, arguments, state: null);
        Assert.Equal("input_required", (string)response["resultType"]!);
        return (string)response["requestState"]!;
    }

    private static async Task RefusesAsync(TestClient client, string tool, object arguments, string state)
    {
        var refusal = Body(await WithStateAsync(client, tool, arguments, state));
        Assert.Equal("INVALID_INPUT", Code(refusal));
        Assert.Contains("requestState", (string)refusal["message"]!, StringComparison.Ordinal);
    }

    private static async Task<CallToolResult> WithStateAsync(TestClient client, string tool, object arguments, string state) =>
        (await RequestAsync(client, tool, arguments, state)).Deserialize<CallToolResult>(McpJsonUtilities.DefaultOptions)!;

    private static async Task<JsonObject> RequestAsync(TestClient client, string tool, object arguments, string? state)
    {
        var parameters = new JsonObject
        {
            ["name"] = tool,
            ["arguments"] = JsonSerializer.SerializeToNode(arguments),
            ["_meta"] = new JsonObject { ["io.modelcontextprotocol/clientCapabilities"] = new JsonObject { ["elicitation"] = new JsonObject { ["form"] = new JsonObject() } } },
        };
        if (state is not null)
        {
            parameters["requestState"] = state;
            parameters["inputResponses"] = new JsonObject { ["approval"] = new JsonObject { ["action"] = "accept", ["content"] = new JsonObject { ["decision"] = "approve" } } };
        }
        var response = await client.Mcp.SendRequestAsync(new JsonRpcRequest { Method = RequestMethods.ToolsCall, Params = parameters }, TestContext.Current.CancellationToken).InTime();
        return response.Result!.AsObject();
    }

    private static JsonObject Body(CallToolResult result) => JsonNode.Parse(TestClient.Text(result))!.AsObject();
}
