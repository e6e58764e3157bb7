using System.ComponentModel;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Calls;
using ModelContextProtocol.Server;
using static Miosa.Mcp.Tests.Approvals.Person;

namespace Miosa.Mcp.Tests.Approvals;

/// <summary>A standing consent is as narrow as it was given, and ends when it was to.</summary>
public sealed class GrantTests
{
    private static readonly object Thing = new { name = "thing" };

    [Fact]
    public async Task The_exact_call_passes_as_often_as_was_said_and_no_other_call_does()
    {
        await using var mcp = await StartAsync();
        await GrantAsync(mcp, new GrantTerms { For = TimeSpan.FromHours(1), Uses = 2 });

        // The approval itself is good for one, the grant for two more.
        for (var i = 0; i < 3; i++)
            await mcp.Client.CallAsync("thing_remove", Thing);

        Assert.Equal("PENDING_APPROVAL", Code(await mcp.Client.RefusedAsync("thing_remove", Thing)));
        Assert.Equal("PENDING_APPROVAL", Code(await mcp.Client.RefusedAsync("thing_remove", new { name = "other" })));
        Assert.Equal(3, mcp.World.Runs);
    }

    [Fact]
    public async Task Of_fifty_at_once_as_many_pass_as_uses_are_left()
    {
        await using var mcp = await StartAsync();
        await GrantAsync(mcp, new GrantTerms { For = TimeSpan.FromHours(1), Uses = 5 });

        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => mcp.Client.RawAsync("thing_remove", Thing)));

        Assert.Equal(6, results.Count(result => result.IsError is not true));
        Assert.Equal(6, mcp.World.Runs);
    }

    [Fact]
    public async Task It_ends_with_its_time_and_at_once_when_it_is_revoked()
    {
        await using var mcp = await StartAsync();
        var grant = await GrantAsync(mcp, new GrantTerms { For = TimeSpan.FromHours(1) });
        await mcp.Client.CallAsync("thing_remove", Thing);
        await mcp.Client.CallAsync("thing_remove", Thing);

        await mcp.Desk.RevokeAsync(AtTerminal, grant, TestContext.Current.CancellationToken);
        Assert.Equal("PENDING_APPROVAL", Code(await mcp.Client.RefusedAsync("thing_remove", Thing)));
        await Assert.ThrowsAsync<ToolFailureException>(() => mcp.Desk.RevokeAsync(AtTerminal, grant, TestContext.Current.CancellationToken));

        var other = await GrantAsync(mcp, new GrantTerms { For = TimeSpan.FromHours(1) });
        await mcp.Client.CallAsync("thing_remove", Thing);
        mcp.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("PENDING_APPROVAL", Code(await mcp.Client.RefusedAsync("thing_remove", Thing)));
        Assert.NotEqual(grant, other);
    }

    [Fact]
    public async Task It_is_for_its_asker_and_its_workspace_alone()
    {
        await using var mcp = await StartAsync();
        await GrantAsync(mcp, new GrantTerms { For = TimeSpan.FromHours(1) });

        foreach (var caller in (Caller[])[McpHarness.Somebody with { Principal = "key:2" }, McpHarness.Somebody with { Agent = "other" }, McpHarness.Somebody with { Workspace = "other" }])
            Assert.Equal("PENDING_APPROVAL", Code(await (await mcp.ConnectAsync(caller)).RefusedAsync("thing_remove", Thing)));
    }

    [Fact]
    public async Task With_named_arguments_others_may_vary_and_those_may_not()
    {
        var place = new PretendPlace();
        await using var mcp = await McpHarness.StartAsync(mcp => mcp.Services.AddSingleton<ICallInspector>(place), "manual");
        var id = Id(await mcp.Client.RefusedAsync("thing_make", new { name = "thing", size = "small" }));
        await mcp.AnswerAsync(id, ApprovalState.Approved, grant: new GrantTerms { For = TimeSpan.FromHours(1), Same = ["size"] });

        await mcp.Client.CallAsync("thing_make", new { name = "another", size = "small", count = 2 });

        Assert.Equal("PENDING_APPROVAL", Code(await mcp.Client.RefusedAsync("thing_make", new { name = "thing", size = "large" })));
        Assert.Equal("PENDING_APPROVAL", Code(await mcp.Client.RefusedAsync("thing_make", Thing)));
    }

    [Fact]
    public async Task For_the_exact_call_it_holds_only_while_its_files_are_what_they_were()
    {
        var place = new PretendPlace { Facts = PretendPlace.With() };
        await using var mcp = await McpHarness.StartAsync(mcp => mcp.Services.AddSingleton<ICallInspector>(place), "confirm-risky");
        await GrantAsync(mcp, new GrantTerms { For = TimeSpan.FromHours(1) });
        await mcp.Client.CallAsync("thing_remove", Thing);
        await mcp.Client.CallAsync("thing_remove", Thing);

        place.Facts = PretendPlace.With(content: "rm -rf /");

        Assert.Equal("PENDING_APPROVAL", Code(await mcp.Client.RefusedAsync("thing_remove", Thing)));
        Assert.Equal(2, mcp.World.Runs);
    }

    [Fact]
    public async Task What_is_always_asked_about_takes_no_grant()
    {
        await using var mcp = await McpHarness.StartAsync(mcp => mcp.AddTools<GraveTools>(), "auto");
        var id = Id(await mcp.Client.RefusedAsync("thing_bury", new { }));

        var refused = await Assert.ThrowsAsync<ToolFailureException>(() => mcp.AnswerAsync(id, ApprovalState.Approved, grant: new GrantTerms { For = TimeSpan.FromHours(1) }));

        Assert.Equal(ToolErrorCode.InvalidInput, refused.Code);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(40 * 24, null)]
    [InlineData(1, 0)]
    public async Task One_without_an_end_within_the_limit_or_without_a_use_is_refused(int hours, int? uses)
    {
        await using var mcp = await StartAsync();
        var id = Id(await mcp.Client.RefusedAsync("thing_remove", Thing));

        var refused = await Assert.ThrowsAsync<ToolFailureException>(() => mcp.AnswerAsync(id, ApprovalState.Approved, grant: new GrantTerms { For = TimeSpan.FromHours(hours), Uses = uses }));

        Assert.Equal(ToolErrorCode.InvalidInput, refused.Code);
        Assert.Equal(ApprovalState.Pending, (await mcp.RowAsync(id)).State);
    }

    [Fact]
    public async Task A_capability_that_became_another_is_no_longer_consented_to()
    {
        await using var mcp = await StartAsync();
        var capability = mcp.Services.GetRequiredService<CapabilityCatalog>().Find("thing.remove")!;
        var grant = new Grant
        {
            Id = "grant_old", Workspace = "default", Capability = "thing.remove", Fingerprint = capability.Fingerprint.Replace(capability.Fingerprint[^1], 'x'), Principal = McpHarness.Somebody.Principal,
            AllowsOthers = true, Until = mcp.Time.GetUtcNow().AddHours(1), CreatedBy = "terminal:1000", CreatedAt = mcp.Time.GetUtcNow(),
        };
        await mcp.Services.GetRequiredService<GrantStore>().AddAsync(grant, TestContext.Current.CancellationToken);

        Assert.Equal("PENDING_APPROVAL", Code(await mcp.Client.RefusedAsync("thing_remove", Thing)));

        await mcp.Services.GetRequiredService<GrantStore>().AddAsync(grant with { Id = "grant_new", Fingerprint = capability.Fingerprint }, TestContext.Current.CancellationToken);
        await mcp.Client.CallAsync("thing_remove", Thing);
    }

    [Fact]
    public async Task Nobody_gives_a_grant_to_themselves()
    {
        await using var mcp = await StartAsync();
        var wanted = new Grant
        {
            Id = "", Workspace = "default", Capability = "thing.remove", Fingerprint = "", Principal = "key:1", Constraints = new Dictionary<string, JsonElement>(), AllowsOthers = true,
            Until = mcp.Time.GetUtcNow().AddHours(1), CreatedBy = "", CreatedAt = mcp.Time.GetUtcNow(),
        };

        await Assert.ThrowsAsync<ToolFailureException>(() => mcp.Desk.GrantAsync(new Decider("key:1", Decider.Http, "default"), wanted, TestContext.Current.CancellationToken));
        Assert.NotEmpty((await mcp.Desk.GrantAsync(new Decider("key:2", Decider.Http, "default"), wanted, TestContext.Current.CancellationToken)).Fingerprint);
    }

    [Fact]
    public async Task What_ended_is_shown_for_a_while_and_then_forgotten_with_the_months_and_the_news_that_are_over()
    {
        await using var mcp = await StartAsync();
        await mcp.Desk.GrantAsync(AtTerminal, Wanted(mcp), TestContext.Current.CancellationToken);
        var revoked = await mcp.Desk.GrantAsync(AtTerminal, Wanted(mcp) with { Until = mcp.Time.GetUtcNow().AddDays(30) }, TestContext.Current.CancellationToken);
        await mcp.Desk.RevokeAsync(AtTerminal, revoked.Id, TestContext.Current.CancellationToken);
        await mcp.Services.GetRequiredService<DeliveryStore>().AddAsync("evt_1", "approval.required", "{}", TestContext.Current.CancellationToken);
        await mcp.Database.WriteAsync(
            connection => connection.Execute("insert into spends (id, workspace, capability, month, usd) values ('call_1', 'default', 'thing.buy', '2026-11', '4')"), TestContext.Current.CancellationToken);
        var reaper = mcp.Services.GetServices<IHostedService>().OfType<ApprovalReaper>().Single();

        mcp.Time.Advance(TimeSpan.FromHours(2));
        await reaper.PruneAsync(TestContext.Current.CancellationToken);
        Assert.Equal((2, 1, 1), await CountAsync(mcp));
        mcp.Time.Advance(TimeSpan.FromDays(31));
        var kept = await mcp.Desk.GrantAsync(AtTerminal, Wanted(mcp), TestContext.Current.CancellationToken);
        await reaper.PruneAsync(TestContext.Current.CancellationToken);

        Assert.Equal((1, 0, 0), await CountAsync(mcp));
        Assert.Equal(kept.Id, Assert.Single(await mcp.Desk.GrantsAsync(null, null, 10, TestContext.Current.CancellationToken)).Id);
    }

    [Fact]
    public async Task A_workspace_has_a_thousand_that_hold_at_most_and_a_note_is_short()
    {
        await using var mcp = await StartAsync();
        var wanted = Wanted(mcp);
        var store = mcp.Services.GetRequiredService<GrantStore>();
        await Task.WhenAll(Enumerable.Range(0, 1_000).Select(i => store.AddAsync(wanted with { Id = $"grant_{i}" }, TestContext.Current.CancellationToken)));

        var many = await Assert.ThrowsAsync<ToolFailureException>(() => mcp.Desk.GrantAsync(AtTerminal, wanted, TestContext.Current.CancellationToken));
        var @long = await Assert.ThrowsAsync<ToolFailureException>(() => mcp.Desk.GrantAsync(AtTerminal, wanted with { Workspace = "other", Note = new string('x', 1_001) }, TestContext.Current.CancellationToken));
        await mcp.Desk.GrantAsync(AtTerminal, wanted with { Workspace = "other" }, TestContext.Current.CancellationToken);

        Assert.Equal((ToolErrorCode.LimitExceeded, ToolErrorCode.InvalidInput), (many.Code, @long.Code));
    }

    private static Grant Wanted(McpHarness mcp) => new()
    {
        Id = "", Workspace = "default", Capability = "thing.remove", Fingerprint = "", Principal = "key:1", Until = mcp.Time.GetUtcNow().AddHours(1), CreatedBy = "", CreatedAt = mcp.Time.GetUtcNow(),
    };

    private static Task<(long Grants, long Spends, long Deliveries)> CountAsync(McpHarness mcp) => mcp.Database.ReadAsync(
        connection => connection.QuerySingle<(long, long, long)>("select (select count(*) from grants), (select count(*) from spends), (select count(*) from deliveries)"), TestContext.Current.CancellationToken);

    private static Task<McpHarness> StartAsync() => McpHarness.StartAsync(policy: "confirm-risky");

    private static async Task<string> GrantAsync(McpHarness mcp, GrantTerms terms) =>
        (await mcp.AnswerAsync(Id(await mcp.Client.RefusedAsync("thing_remove", Thing)), ApprovalState.Approved, grant: terms)).GrantId!;

    [McpServerToolType]
    internal sealed class GraveTools
    {
        [McpServerTool(Name = "thing_bury")]
        [Capability("thing.bury", Risk.Write, Approval = ApprovalClass.Always)]
        [Description("Bury a thing.")]
        public Thing Bury(Caller caller) => new() { Name = "grave", Number = 1, Workspace = caller.WorkspaceName };
    }
}
