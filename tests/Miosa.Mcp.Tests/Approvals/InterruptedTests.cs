using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Calls;
using static Miosa.Mcp.Tests.Approvals.Person;

namespace Miosa.Mcp.Tests.Approvals;

/// <summary>A host that dies in the middle leaves what can be told apart, and is done twice by nobody.</summary>
public sealed class InterruptedTests
{
    private static readonly object Thing = new { name = "thing" };

    [Fact]
    public async Task Died_between_consuming_and_beginning_it_is_told_that_nothing_was_done()
    {
        await using var mcp = await McpHarness.StartAsync(policy: "confirm-risky");
        var id = Id(await mcp.Client.RefusedAsync("thing_remove", Thing));
        await mcp.AnswerAsync(id, ApprovalState.Approved);
        Assert.True(await mcp.Services.GetRequiredService<ApprovalStore>().ConsumeAsync(id, "call_1", TestContext.Current.CancellationToken));

        await using var next = await NextAsync(mcp);

        var row = await next.RowAsync(id);
        Assert.Equal((ApprovalState.Consumed, "not_started"), (row.State, row.Outcome));
        Assert.NotEqual(id, Id(await next.Client.RefusedAsync("thing_remove", Thing)));
        Assert.Equal(0, mcp.World.Runs);
    }

    [Fact]
    public async Task Died_between_the_work_and_its_record_the_outcome_is_unknown_and_it_is_not_done_again()
    {
        await using var mcp = await McpHarness.StartAsync(policy: "manual");
        var call = new { name = "thing" };
        var id = Id(await mcp.Client.RefusedAsync("thing_wait", call));
        await mcp.AnswerAsync(id, ApprovalState.Approved);
        var running = mcp.Client.RawAsync("thing_wait", call);
        await mcp.World.Entered.Task.InTime();

        // The first host stays where it is, in the middle of the work: to its successor it is dead.
        await using var next = await NextAsync(mcp, "manual");

        var row = await next.RowAsync(id);
        Assert.Equal((ApprovalState.Consumed, "interrupted"), (row.State, row.Outcome));
        var told = await next.Client.CallAsync("approval_get", new { approval_id = id, wait_seconds = 0 });
        Assert.StartsWith("OUTCOME_UNKNOWN", (string)told["next_step"]!, StringComparison.Ordinal);
        Assert.NotEqual(id, Id(await next.Client.RefusedAsync("thing_wait", call)));
        Assert.Equal("interrupted", Assert.Single(await next.EventsAsync(types: "approval.interrupted")).Data.GetProperty("outcome").GetString());
        mcp.World.Gate.TrySetResult();
        await running;
    }

    [Fact]
    public async Task What_goes_on_in_this_host_is_not_taken_for_what_was_left()
    {
        await using var mcp = await McpHarness.StartAsync(policy: "manual");
        var id = Id(await mcp.Client.RefusedAsync("thing_wait", Thing));
        await mcp.AnswerAsync(id, ApprovalState.Approved);
        var running = mcp.Client.RawAsync("thing_wait", Thing);
        await mcp.World.Entered.Task.InTime();

        await mcp.Services.GetRequiredService<ApprovalService>().RecoverAsync(TestContext.Current.CancellationToken);

        Assert.Null((await mcp.RowAsync(id)).Outcome);
        mcp.World.Gate.TrySetResult();
        await running;
        Assert.Equal("completed", (await mcp.RowAsync(id)).Outcome);
    }

    [Fact]
    public async Task A_request_and_its_answer_outlive_the_host()
    {
        await using var mcp = await McpHarness.StartAsync(policy: "confirm-risky");
        var id = Id(await mcp.Client.RefusedAsync("thing_remove", Thing));

        await using var next = await NextAsync(mcp);
        await next.AnswerAsync(id, ApprovalState.Approved);
        await next.Client.CallAsync("thing_remove", Thing);

        Assert.Equal(1, mcp.World.Runs);
    }

    private static async Task<McpHarness> NextAsync(McpHarness mcp, string policy = "confirm-risky")
    {
        var next = await mcp.NextHostAsync(builder => builder.AddTools<ApprovalTools>(), policy);
        await next.Services.GetRequiredService<ApprovalService>().RecoverAsync(TestContext.Current.CancellationToken);
        return next;
    }
}
