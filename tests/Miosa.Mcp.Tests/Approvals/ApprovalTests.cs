using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Receipts;
using Miosa.Mcp.Receipts.Chains;
using static Miosa.Mcp.Tests.Approvals.Person;

namespace Miosa.Mcp.Tests.Approvals;

/// <summary>One exact call waits for somebody else's word, and is made once on it.</summary>
public sealed class ApprovalTests
{
    private static readonly object Thing = new { name = "thing" };

    [Fact]
    public async Task What_takes_away_waits_for_a_person_is_made_once_and_then_asked_about_again()
    {
        await using var mcp = await StartAsync();

        var pending = await mcp.Client.RefusedAsync("thing_remove", Thing);
        Assert.Equal(0, mcp.World.Runs);
        await mcp.ApproveAsync(pending);
        await mcp.Client.CallAsync("thing_remove", Thing);
        var again = await mcp.Client.RefusedAsync("thing_remove", Thing);

        Assert.Equal(1, mcp.World.Runs);
        Assert.NotEqual(Id(pending), Id(again));
        Assert.Equal(("consumed", "completed"), (State(await mcp.RowAsync(Id(pending))), (await mcp.RowAsync(Id(pending))).Outcome));
    }

    [Fact]
    public async Task Reads_and_everyday_writes_ask_nobody()
    {
        await using var mcp = await StartAsync();

        await mcp.Client.CallAsync("thing_get");
        await mcp.Client.CallAsync("thing_make", Thing);

        Assert.Empty(await mcp.EventsAsync(types: "approval.*"));
    }

    [Fact]
    public async Task The_answer_says_where_to_wait_and_what_to_do_then()
    {
        await using var mcp = await StartAsync();

        var pending = await mcp.Client.RefusedAsync("thing_remove", Thing);

        Assert.True((bool)pending["retryable"]!);
        Assert.Contains("approval_get", (string)pending["next_step"]!, StringComparison.Ordinal);
        Assert.Contains(Id(pending), (string)pending["next_step"]!, StringComparison.Ordinal);
        Assert.Equal(mcp.Time.GetUtcNow().AddMinutes(15), (DateTimeOffset)pending["approval_expires_at"]!);
        Assert.Equal("pending", (string)(await mcp.Client.CallAsync("approval_get", new { approval_id = Id(pending), wait_seconds = 0 }))["state"]!);
    }

    [Fact]
    public async Task Who_waits_for_the_answer_hears_it_at_once()
    {
        await using var mcp = await StartAsync();
        var id = Id(await mcp.Client.RefusedAsync("thing_remove", Thing));

        var waiting = mcp.Client.CallAsync("approval_get", new { approval_id = id, wait_seconds = 50 });
        await Bounded.UntilAsync(() => mcp.Time.Awaits(TimeSpan.FromSeconds(50)));
        Assert.False(waiting.IsCompleted);
        await mcp.AnswerAsync(id, ApprovalState.Approved, "go on");

        var approval = await waiting;
        Assert.Equal(("approved", "go on"), ((string)approval["state"]!, (string)approval["note"]!));
    }

    [Fact]
    public async Task The_same_call_again_is_the_same_request_and_another_call_another()
    {
        await using var mcp = await StartAsync();

        var first = Id(await mcp.Client.RefusedAsync("thing_remove", Thing));
        var same = Id(await mcp.Client.RefusedAsync("thing_remove", Thing));
        var other = Id(await mcp.Client.RefusedAsync("thing_remove", new { name = "another" }));

        Assert.Equal(first, same);
        Assert.NotEqual(first, other);
        Assert.Equal(2, (await mcp.EventsAsync(types: "approval.required")).Count);
    }

    [Fact]
    public async Task Twenty_at_once_ask_one_question_and_of_twenty_at_once_one_is_made()
    {
        await using var mcp = await StartAsync();

        var asked = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => mcp.Client.RefusedAsync("thing_remove", Thing)));
        var id = Assert.Single(asked.Select(Id).Distinct());
        await mcp.AnswerAsync(id, ApprovalState.Approved);
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => mcp.Client.RawAsync("thing_remove", Thing)));

        Assert.Single(results, result => result.IsError is not true);
        Assert.Equal(1, mcp.World.Runs);
    }

    [Fact]
    public async Task An_approval_is_for_its_arguments_alone()
    {
        await using var mcp = await StartAsync();
        await mcp.ApproveAsync(await mcp.Client.RefusedAsync("thing_remove", Thing));

        var other = await mcp.Client.RefusedAsync("thing_remove", new { name = "other" });

        Assert.Equal("PENDING_APPROVAL", Code(other));
        Assert.Equal(0, mcp.World.Runs);
    }

    [Fact]
    public async Task An_approval_is_for_its_asker_alone_whether_principal_agent_or_workspace_differs()
    {
        await using var mcp = await StartAsync();
        await mcp.ApproveAsync(await mcp.Client.RefusedAsync("thing_remove", Thing));

        foreach (var caller in (Caller[])[McpHarness.Somebody with { Principal = "local:2" }, McpHarness.Somebody with { Agent = "other" }, McpHarness.Somebody with { Workspace = "other" }])
            Assert.Equal("PENDING_APPROVAL", Code(await (await mcp.ConnectAsync(caller)).RefusedAsync("thing_remove", Thing)));
        Assert.Equal(0, mcp.World.Runs);
    }

    [Fact]
    public async Task Another_workspace_neither_sees_nor_decides_it()
    {
        await using var mcp = await StartAsync();
        var id = Id(await mcp.Client.RefusedAsync("thing_remove", Thing));
        var stranger = await mcp.ConnectAsync(McpHarness.Somebody with { Workspace = "other", Toolsets = ["all"] });

        Assert.Equal("NOT_FOUND", Code(await stranger.RefusedAsync("approval_get", new { approval_id = id })));
        Assert.Equal(0, (int)(await stranger.CallAsync("approval_list"))["count"]!);
        var refused = await Assert.ThrowsAsync<ToolFailureException>(() => mcp.AnswerAsync(id, ApprovalState.Approved, by: new Decider("key:them", Decider.Http, "other")));
        Assert.Equal(ToolErrorCode.NotFound, refused.Code);
    }

    [Fact]
    public async Task Who_asked_cannot_approve_through_any_door()
    {
        await using var mcp = await StartAsync();
        var id = Id(await mcp.Client.RefusedAsync("thing_remove", Thing));

        var refused = await Assert.ThrowsAsync<ToolFailureException>(() => mcp.AnswerAsync(id, ApprovalState.Approved, by: new Decider(McpHarness.Somebody.Principal, Decider.Http, "default")));

        Assert.Equal(ToolErrorCode.Denied, refused.Code);
        Assert.Equal("pending", State(await mcp.RowAsync(id)));
    }

    [Fact]
    public async Task A_no_holds_with_its_reason_and_asks_nobody_again()
    {
        await using var mcp = await StartAsync();
        var id = Id(await mcp.Client.RefusedAsync("thing_remove", Thing));
        await mcp.AnswerAsync(id, ApprovalState.Denied, "we need it");

        var refusal = await mcp.Client.RefusedAsync("thing_remove", Thing);

        Assert.Equal("APPROVAL_DENIED", Code(refusal));
        Assert.Contains("we need it", (string)refusal["message"]!, StringComparison.Ordinal);
        Assert.Single(await mcp.EventsAsync(types: "approval.required"));
        Assert.Equal(0, mcp.World.Runs);
    }

    [Fact]
    public async Task A_wish_for_a_revision_refuses_this_call_and_a_changed_one_is_asked_about_anew()
    {
        await using var mcp = await StartAsync();
        var pending = await mcp.Client.RefusedAsync("thing_remove", Thing);
        await mcp.AnswerAsync(Id(pending), ApprovalState.RevisionRequested, "the other one");

        var late = await Assert.ThrowsAsync<ToolFailureException>(() => mcp.ApproveAsync(pending));
        Assert.Contains("revision_requested", late.Message, StringComparison.Ordinal);
        var refusal = await mcp.Client.RefusedAsync("thing_remove", Thing);
        var revised = await mcp.Client.RefusedAsync("thing_remove", new { name = "the other one" });

        Assert.Equal("APPROVAL_REVISION_REQUESTED", Code(refusal));
        Assert.Contains("the other one", (string)refusal["message"]!, StringComparison.Ordinal);
        Assert.Equal("PENDING_APPROVAL", Code(revised));
    }

    [Fact]
    public async Task Silence_is_neither_a_yes_nor_a_no()
    {
        await using var mcp = await StartAsync();
        var id = Id(await mcp.Client.RefusedAsync("thing_remove", Thing));

        mcp.Time.Advance(TimeSpan.FromMinutes(15));

        Assert.Equal("expired", (string)(await mcp.Client.CallAsync("approval_get", new { approval_id = id, wait_seconds = 0 }))["state"]!);
        var late = await Assert.ThrowsAsync<ToolFailureException>(() => mcp.AnswerAsync(id, ApprovalState.Approved));
        Assert.Equal(ToolErrorCode.Conflict, late.Code);
        Assert.NotEqual(id, Id(await mcp.Client.RefusedAsync("thing_remove", Thing)));
        Assert.Equal(0, mcp.World.Runs);
    }

    [Fact]
    public async Task An_answer_in_the_moment_in_which_it_expires_is_too_late_or_in_time_and_never_both()
    {
        await using var mcp = await StartAsync();
        var id = Id(await mcp.Client.RefusedAsync("thing_remove", Thing));
        mcp.Time.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromTicks(1));

        // The store is asked with the time it is then, whatever the desk saw before.
        var row = await mcp.RowAsync(id);
        mcp.Time.Advance(TimeSpan.FromTicks(1));
        var isDone = await mcp.Services.GetRequiredService<ApprovalStore>().DecideAsync(row with { State = ApprovalState.Approved, DecidedAt = mcp.Time.GetUtcNow(), DecidedBy = "p" }, null, TestContext.Current.CancellationToken);

        Assert.False(isDone);
        Assert.Equal("expired", State(await mcp.RowAsync(id)));
    }

    [Fact]
    public async Task An_approval_that_nobody_uses_in_time_is_over()
    {
        await using var mcp = await StartAsync();
        var pending = await mcp.Client.RefusedAsync("thing_remove", Thing);
        await mcp.ApproveAsync(pending);

        mcp.Time.Advance(TimeSpan.FromMinutes(16));

        Assert.NotEqual(Id(pending), Id(await mcp.Client.RefusedAsync("thing_remove", Thing)));
        Assert.Equal(0, mcp.World.Runs);
    }

    [Fact]
    public async Task It_is_said_of_each_that_expired_once()
    {
        await using var mcp = await StartAsync();
        await mcp.Client.RefusedAsync("thing_remove", Thing);

        mcp.Time.Advance(TimeSpan.FromMinutes(16));
        await mcp.Services.GetRequiredService<ApprovalService>().ExpireAsync(TestContext.Current.CancellationToken);
        await mcp.Services.GetRequiredService<ApprovalService>().ExpireAsync(TestContext.Current.CancellationToken);

        Assert.Single(await mcp.EventsAsync(types: "approval.expired"));
    }

    [Fact]
    public async Task Of_two_answers_the_first_counts()
    {
        await using var mcp = await StartAsync();
        var id = Id(await mcp.Client.RefusedAsync("thing_remove", Thing));

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(async i =>
        {
            try
            {
                return await mcp.AnswerAsync(id, i % 2 is 0 ? ApprovalState.Approved : ApprovalState.Denied);
            }
            catch (ToolFailureException)
            {
                return null;
            }
        }));

        Assert.Single(answers, answer => answer is not null);
        Assert.Single(await mcp.EventsAsync(types: "approval.decided"));
    }

    [Fact]
    public async Task Requests_that_wait_are_bounded_for_one_asker_and_for_the_workspace()
    {
        await using var mcp = await StartAsync();
        for (var i = 0; i < 20; i++)
            Id(await mcp.Client.RefusedAsync("thing_remove", new { name = $"thing {i}" }));

        Assert.Equal("LIMIT_EXCEEDED", Code(await mcp.Client.RefusedAsync("thing_remove", new { name = "one more" })));
        foreach (var agent in (string[])["two", "three", "four", "five"])
        {
            var client = await mcp.ConnectAsync(McpHarness.Somebody with { Agent = agent });
            for (var i = 0; i < 20; i++)
                Id(await client.RefusedAsync("thing_remove", new { name = $"thing {i}" }));
        }

        var refusal = await (await mcp.ConnectAsync(McpHarness.Somebody with { Agent = "six" })).RefusedAsync("thing_remove", Thing);
        Assert.Equal("LIMIT_EXCEEDED", Code(refusal));
        Assert.StartsWith("100 requests of this workspace", (string)refusal["message"]!, StringComparison.Ordinal);
        Id(await (await mcp.ConnectAsync(McpHarness.Somebody with { Workspace = "other" })).RefusedAsync("thing_remove", Thing));
    }

    [Fact]
    public async Task A_call_with_a_key_is_asked_about_once_and_made_once_and_its_answer_repeated()
    {
        await using var mcp = await StartAsync();
        var call = new { name = "thing", idempotency_key = "k" };

        await mcp.ApproveAsync(await mcp.Client.RefusedAsync("thing_remove", call));
        var first = await mcp.Client.CallAsync("thing_remove", call);
        var second = await mcp.Client.CallAsync("thing_remove", call);

        Assert.Equal(first.ToJsonString(), second.ToJsonString());
        Assert.Equal(1, mcp.World.Runs);
        Assert.Single(await mcp.EventsAsync(types: "approval.required"));
    }

    [Fact]
    public async Task A_person_may_give_the_call_other_arguments_which_are_then_used_and_told()
    {
        await using var mcp = await StartAsync();
        var id = Id(await mcp.Client.RefusedAsync("thing_remove", Thing));

        var decided = await mcp.AnswerAsync(id, ApprovalState.Approved, arguments: new { name = "only this" });
        var result = await mcp.Client.CallAsync("thing_remove", Thing);

        Assert.Equal("only this", (string)result["name"]!);
        Assert.True((bool)result["approval"]!["edited"]!);
        Assert.NotEqual(decided.Binding.CallHash, decided.EditedBinding!.CallHash);
        var told = Assert.Single(await mcp.EventsAsync(types: "approval.decided"));
        Assert.Equal((decided.Binding.CallHash, decided.EditedBinding.CallHash), (told.Data.GetProperty("call_hash").GetString(), told.Data.GetProperty("edited_call_hash").GetString()));
    }

    [Fact]
    public async Task Arguments_that_the_tool_does_not_take_are_refused_and_decide_nothing()
    {
        await using var mcp = await StartAsync();
        var id = Id(await mcp.Client.RefusedAsync("thing_remove", Thing));

        var refused = await Assert.ThrowsAsync<ToolFailureException>(() => mcp.AnswerAsync(id, ApprovalState.Approved, arguments: new { nome = 1 }));

        Assert.Equal(ToolErrorCode.InvalidInput, refused.Code);
        Assert.Equal("pending", State(await mcp.RowAsync(id)));
    }

    [Fact]
    public async Task No_argument_stands_in_an_event()
    {
        await using var mcp = await StartAsync();
        var id = Id(await mcp.Client.RefusedAsync("thing_remove", new { name = TestTools.Secret }));
        await mcp.AnswerAsync(id, ApprovalState.Approved);
        await mcp.Client.CallAsync("thing_remove", new { name = TestTools.Secret });

        Assert.DoesNotContain(await mcp.EventsAsync(), entry => entry.Data.GetRawText().Contains("swordfish", StringComparison.Ordinal));
        Assert.DoesNotContain(mcp.Log.Lines, line => line.Contains("swordfish", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("manual", "thing_make", true)]
    [InlineData("manual", "thing_get", false)]
    [InlineData("auto", "thing_remove", false)]
    [InlineData("confirm-risky", "thing_make", false)]
    public async Task The_operator_says_when_a_person_is_asked(string policy, string tool, bool asks)
    {
        await using var mcp = await McpHarness.StartAsync(policy: policy);

        var result = await mcp.Client.RawAsync(tool, Thing);

        Assert.Equal(asks, result.IsError is true && Code(JsonNode.Parse(TestClient.Text(result))!.AsObject()) is "PENDING_APPROVAL");
    }

    [Fact]
    public async Task A_call_whose_beginning_cannot_be_written_down_is_not_made_and_its_records_say_so()
    {
        await using var mcp = await StartAsync();
        var pending = await mcp.Client.RefusedAsync("thing_remove", Thing);
        await mcp.ApproveAsync(pending);
        await mcp.Database.WriteAsync(
            connection => connection.Execute("create trigger full before insert on events when new.type = 'tool.started' begin select raise(abort, 'no'); end"), TestContext.Current.CancellationToken);

        await mcp.Client.RefusedAsync("thing_remove", Thing);

        Assert.Equal(0, mcp.World.Runs);
        var row = await mcp.RowAsync(Id(pending));
        Assert.Equal(("consumed", "not_started"), (State(row), row.Outcome));
        var receipts = await mcp.Services.GetRequiredService<ReceiptService>().ListAsync(new ReceiptQuery { Workspace = "default", CallId = row.CallId }, TestContext.Current.CancellationToken);
        Assert.Equal("failed", receipts[0].Kind);
        Assert.Contains("started", receipts.Select(receipt => receipt.Kind));
    }

    [Fact]
    public async Task An_answer_counts_and_is_heard_also_where_its_receipt_cannot_be_written()
    {
        await using var mcp = await StartAsync();
        // A file stands where the receipts of the workspace belong.
        var folders = mcp.Services.GetRequiredService<ReceiptFolders>();
        Directory.CreateDirectory(folders.Workspaces);
        var place = folders.WorkspaceOf("default");
        var row = await mcp.Services.GetRequiredService<ApprovalService>().AskAsync(
            McpHarness.Somebody, new Authority { Mode = ApprovalMode.Auto }, ["more"], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(place, "", TestContext.Current.CancellationToken);
        var waiting = mcp.Services.GetRequiredService<ApprovalService>().WaitAsync("default", row.Id, TimeSpan.FromSeconds(50), TestContext.Current.CancellationToken);

        var decided = await mcp.AnswerAsync(row.Id, ApprovalState.Denied);

        Assert.Equal("denied", State(decided));
        Assert.Equal("denied", State(await waiting.InTime()));
        Assert.Single(await mcp.EventsAsync(types: "approval.decided"));
        Assert.Contains(mcp.Log.Lines, line => line.Contains(row.Id, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ten_thousand_that_wait_are_listed_by_pages()
    {
        await using var mcp = await StartAsync();
        var row = await mcp.RowAsync(Id(await mcp.Client.RefusedAsync("thing_remove", Thing)));
        var store = mcp.Services.GetRequiredService<ApprovalStore>();
        await Task.WhenAll(Enumerable.Range(0, 10_000).Select(i => store.AddAsync(row with { Id = Ids.New("appr", mcp.Time), Identity = $"{i}" }, int.MaxValue, int.MaxValue, TestContext.Current.CancellationToken)));

        var seen = new HashSet<string>(StringComparer.Ordinal);
        string? before = null;
        do
        {
            var page = await mcp.Services.GetRequiredService<ApprovalService>().ListAsync("default", ApprovalState.Pending, before, 500, TestContext.Current.CancellationToken);
            Assert.All(page, one => Assert.True(seen.Add(one.Id)));
            before = page.Count is 500 ? page[^1].Id : null;
        }
        while (before is not null);

        Assert.Equal(10_001, seen.Count);
    }

    private static Task<McpHarness> StartAsync() => McpHarness.StartAsync(mcp => mcp.AddTools<ApprovalTools>(), "confirm-risky");

    private static string State(ApprovalRow row) => row.State.ToString().ToLowerInvariant();
}
