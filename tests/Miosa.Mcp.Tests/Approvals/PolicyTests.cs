using System.ComponentModel;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Calls;
using ModelContextProtocol;
using ModelContextProtocol.Server;
using static Miosa.Mcp.Tests.Approvals.Person;

namespace Miosa.Mcp.Tests.Approvals;

/// <summary>A policy in force is the one a person accepted; what is written in the folder only makes it stricter.</summary>
public sealed class PolicyTests
{
    private static readonly object Thing = new { name = "thing" };

    [Fact]
    public async Task A_folder_that_says_auto_loosens_nothing_until_a_person_accepts_it()
    {
        var folder = new PretendFolder { Says = new Authority { Mode = ApprovalMode.Auto } };
        await using var mcp = await StartAsync(folder);

        Assert.Equal("PENDING_APPROVAL", Code(await mcp.Client.RefusedAsync("thing_remove", Thing)));
        var asked = Assert.Single(await PolicyRequestsAsync(mcp));
        Assert.Contains("approval policy: confirm-risky → auto", (await mcp.RowAsync(asked.Id)).Facts!.Preview);
        await mcp.AnswerAsync(asked.Id, ApprovalState.Approved);

        await mcp.Client.CallAsync("thing_remove", Thing);
        Assert.Equal(1, mcp.World.Runs);
    }

    [Fact]
    public async Task Who_says_no_to_it_leaves_the_stricter_in_force()
    {
        var folder = new PretendFolder { Says = new Authority { Mode = ApprovalMode.Auto } };
        await using var mcp = await StartAsync(folder);
        await mcp.Client.RefusedAsync("thing_remove", Thing);

        await mcp.AnswerAsync((await PolicyRequestsAsync(mcp))[0].Id, ApprovalState.Denied);

        Assert.Equal("PENDING_APPROVAL", Code(await mcp.Client.RefusedAsync("thing_remove", Thing)));
    }

    [Fact]
    public async Task Who_says_nothing_to_it_is_asked_again_when_the_request_is_over()
    {
        var folder = new PretendFolder { Says = new Authority { Mode = ApprovalMode.Auto } };
        await using var mcp = await StartAsync(folder);
        await mcp.Client.CallAsync("thing_make", Thing);
        var first = Assert.Single(await PolicyRequestsAsync(mcp));

        mcp.Time.Advance(TimeSpan.FromMinutes(14));
        await mcp.Client.CallAsync("thing_make", Thing);
        Assert.Equal(first.Id, Assert.Single(await PolicyRequestsAsync(mcp)).Id);
        mcp.Time.Advance(TimeSpan.FromMinutes(1));
        await mcp.Client.CallAsync("thing_make", Thing);

        Assert.NotEqual(first.Id, Assert.Single(await PolicyRequestsAsync(mcp)).Id);
    }

    [Fact]
    public async Task What_tightens_takes_effect_at_once_and_asks_nobody()
    {
        var folder = new PretendFolder();
        await using var mcp = await StartAsync(folder);
        await mcp.Client.CallAsync("thing_make", Thing);

        folder.Says = new Authority { Mode = ApprovalMode.Manual };

        Assert.Equal("PENDING_APPROVAL", Code(await mcp.Client.RefusedAsync("thing_make", Thing)));
        Assert.Empty(await PolicyRequestsAsync(mcp));
    }

    [Fact]
    public async Task What_was_accepted_outlives_the_host_and_no_longer_holds_for_what_is_written_next()
    {
        var folder = new PretendFolder { Says = new Authority { Mode = ApprovalMode.Auto } };
        await using var mcp = await StartAsync(folder);
        await mcp.Client.RefusedAsync("thing_remove", Thing);
        await mcp.AnswerAsync((await PolicyRequestsAsync(mcp))[0].Id, ApprovalState.Approved);

        await using var next = await mcp.NextHostAsync(builder => builder.Services.AddSingleton<IWorkspaceAuthority>(folder), "confirm-risky");
        await next.Client.CallAsync("thing_remove", Thing);
        folder.Says = new Authority { Mode = ApprovalMode.Auto, Budget = new Budget { MonthlyUsd = 1_000 } };
        await next.Client.CallAsync("thing_remove", Thing);

        Assert.Contains("monthly budget: 0 USD → 1000 USD", (await next.RowAsync((await PolicyRequestsAsync(next))[0].Id)).Facts!.Preview);
    }

    [Theory]
    [InlineData("mode")]
    [InlineData("tools")]
    [InlineData("permissions")]
    [InlineData("denied")]
    [InlineData("rules")]
    [InlineData("budget")]
    [InlineData("unlimited")]
    public void Whatever_allows_more_than_was_accepted_is_seen(string what)
    {
        var accepted = new Authority
        {
            Mode = ApprovalMode.ConfirmRisky,
            Tools = ["thing_*"],
            Permissions = [Permissions.UseDevices],
            DeniedTools = ["thing_remove"],
            Rules = [new PolicyRule { Effect = RuleEffect.Ask, Capabilities = ["thing.make"] }],
            Budget = new Budget { MonthlyUsd = 10 },
        };
        var folder = what switch
        {
            "mode" => accepted with { Mode = ApprovalMode.Auto },
            "tools" => accepted with { Tools = ["thing_*", "other_make"] },
            "permissions" => accepted with { Permissions = null },
            "denied" => accepted with { DeniedTools = [] },
            "rules" => accepted with { Rules = [] },
            "budget" => accepted with { Budget = new Budget { MonthlyUsd = 11 } },
            _ => accepted with { Budget = new Budget { IsUnlimited = true } },
        };

        Assert.NotEmpty(PolicyInForce.Of(accepted, folder, ApprovalMode.ConfirmRisky).Looser);
        Assert.Empty(PolicyInForce.Of(accepted, accepted with { Tools = ["thing_make"], Mode = ApprovalMode.Manual, Budget = null }, ApprovalMode.ConfirmRisky).Looser);
    }

    [Fact]
    public async Task An_agent_sees_and_may_call_only_the_tools_its_file_names_and_hears_nothing_of_the_others()
    {
        var folder = new PretendFolder();
        folder.Agents["clerk"] = new Authority { Tools = ["thing_get", "thing_make"] };
        await using var mcp = await StartAsync(folder);
        var clerk = await mcp.ConnectAsync(McpHarness.Somebody with { Agent = "clerk" });

        Assert.Equal(["thing_get", "thing_make"], (await clerk.ToolsAsync()).Select(tool => tool.Name));
        await clerk.CallAsync("thing_make", Thing);
        var unknown = await Assert.ThrowsAsync<McpProtocolException>(() => clerk.RawAsync("thing_remove", Thing));
        var absent = await Assert.ThrowsAsync<McpProtocolException>(() => clerk.RawAsync("thing_nothing", Thing));
        Assert.DoesNotContain("thing_remove'?", unknown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("thing_remove", absent.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_costs_is_refused_without_a_budget_and_made_until_it_is_used_up()
    {
        var folder = new PretendFolder { Says = new Authority { Mode = ApprovalMode.Auto, Budget = new Budget { MonthlyUsd = 10 } } };
        await using var mcp = await StartAsync(folder, builder => builder.AddTools<DearTools>());

        Assert.Equal("DENIED", Code(await mcp.Client.RefusedAsync("thing_buy", new { code = "" })));
        await mcp.AnswerAsync((await PolicyRequestsAsync(mcp))[0].Id, ApprovalState.Approved);
        // Twenty at once share what is left of it: two have their four dollars, the others are refused.
        var bought = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => mcp.Client.RawAsync("thing_buy", new { code = "" })));
        Assert.Equal(2, bought.Count(result => result.IsError is not true));

        mcp.Time.Advance(TimeSpan.FromDays(31));
        await mcp.Client.RefusedAsync("thing_buy", new { code = "NotFound" });
        await mcp.Client.CallAsync("thing_buy", new { code = "" });
        await mcp.Client.CallAsync("thing_buy", new { code = "" });
        Assert.Equal("DENIED", Code(await mcp.Client.RefusedAsync("thing_buy", new { code = "" })));
    }

    [Fact]
    public async Task What_was_set_aside_for_a_call_whose_grant_cannot_be_used_is_given_back()
    {
        var folder = new PretendFolder { Says = new Authority { Budget = new Budget { MonthlyUsd = 20 } } };
        await using var mcp = await StartAsync(folder, builder => builder.AddTools<DearTools>());
        await mcp.Client.RefusedAsync("thing_buy", new { code = "" });
        await mcp.AnswerAsync((await PolicyRequestsAsync(mcp))[0].Id, ApprovalState.Approved);
        await mcp.AnswerAsync(Id(await mcp.Client.RefusedAsync("thing_buy", new { code = "" })), ApprovalState.Approved, grant: new GrantTerms { For = TimeSpan.FromHours(1) });
        await mcp.Client.CallAsync("thing_buy", new { code = "" });
        await mcp.Database.WriteAsync(connection => connection.Execute("create trigger full before update on grants begin select raise(abort, 'no'); end"), TestContext.Current.CancellationToken);

        await mcp.Client.RefusedAsync("thing_buy", new { code = "" });

        Assert.Equal(4, await mcp.Services.GetRequiredService<SpendStore>().SpentAsync("default", TestContext.Current.CancellationToken));
    }

    private static Task<McpHarness> StartAsync(PretendFolder folder, Action<IMcpServerBuilder>? add = null) => McpHarness.StartAsync(
        mcp =>
        {
            mcp.Services.AddSingleton<IWorkspaceAuthority>(folder);
            add?.Invoke(mcp);
        },
        "confirm-risky");

    private static async Task<IReadOnlyList<ApprovalRow>> PolicyRequestsAsync(McpHarness mcp) =>
        [.. (await mcp.Services.GetRequiredService<ApprovalService>().ListAsync("default", ApprovalState.Pending, null, 100, TestContext.Current.CancellationToken)).Where(row => row.Kind is ApprovalKind.Policy)];

    [McpServerToolType]
    internal sealed class DearTools
    {
        [McpServerTool(Name = "thing_buy")]
        [Capability("thing.buy", Risk.Write, Marks = Marks.Spend, CostUsd = 4)]
        [Description("Buy a thing.")]
        public Thing Buy(Caller caller, string code) => code.Length is 0
            ? new Thing { Name = "dear", Number = 1, Workspace = caller.WorkspaceName }
            : throw new ToolFailureException(Enum.Parse<ToolErrorCode>(code), "There is none.", "Buy another.");
    }
}
