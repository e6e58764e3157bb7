using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Workspaces;
using Miosa.Workspaces;
using Budget = Miosa.Mcp.Calls.Budget;
using ContractBudget = Miosa.Workspaces.Budget;
using Mode = Miosa.Mcp.Calls.ApprovalMode;

namespace Miosa.Mcp.Tests.Workspaces;

/// <summary>What a contract says about a caller, as the pipeline is told it.</summary>
public sealed class WorkspaceAuthorityTests
{
    private static readonly OfferedTools Tools = new(() =>
    [
        new("sandbox_exec", "sandbox.exec", Risk.Write),
        new("sandbox_destroy", "sandbox.destroy", Risk.Destructive),
        new("sandbox_read_file", "sandbox.read.file", Risk.Read),
        new("workspace_get", "workspace.get", Risk.Read),
        new("guide", "guide", Risk.Read),
    ]);

    private static readonly WorkspaceAuthority Authority = new(contracts: null!, Tools);

    [Theory]
    [InlineData("sandbox_exec")]
    [InlineData("sandbox.exec")]
    [InlineData("mcp__miosa__sandbox_exec")]
    [InlineData("Bash")]
    [InlineData("sandbox_e*")]
    public void A_tool_is_allowed_however_the_file_names_it_and_the_contract_stays_readable(string named)
    {
        var authority = Authority.Of(Company(new Agent { Id = "a", Name = "A", Body = "", Path = "agents/a.md", Tools = new ToolRules { Allow = [named] } }), "a");

        Assert.Equal(["sandbox_exec", "workspace_get", "guide"], authority.Tools);
    }

    [Fact]
    public void An_empty_list_allows_only_to_read_the_contract_and_no_list_allows_all()
    {
        var none = Authority.Of(Company(new Agent { Id = "a", Name = "A", Body = "", Path = "a", Tools = new ToolRules { Allow = [] } }), "a");
        var all = Authority.Of(Company(new Agent { Id = "a", Name = "A", Body = "", Path = "a" }), "a");

        Assert.Equal(["workspace_get", "guide"], none.Tools);
        Assert.Null(all.Tools);
    }

    [Fact]
    public void Whom_the_contract_does_not_know_may_do_nothing()
    {
        var authority = Authority.Of(Company(), "stranger");

        Assert.Equal([], authority.Tools);
        Assert.Equal([], authority.Permissions);
        Assert.Equal(new Budget { MonthlyUsd = 0 }, authority.Budget);
    }

    [Fact]
    public void A_person_who_acts_as_nobody_is_limited_by_the_companys_policy_only()
    {
        var workspace = Company() with { };
        workspace = workspace with { Company = workspace.Company with { Approvals = new ApprovalPolicy { Mode = Miosa.Workspaces.ApprovalMode.ConfirmRisky }, Tools = new ToolRules { Allow = ["sandbox_exec"], Deny = ["sandbox_destroy"] } } };

        var authority = Authority.Of(workspace, agentId: null);

        Assert.Null(authority.Tools);
        Assert.Empty(authority.DeniedTools);
        Assert.Equal(Mode.ConfirmRisky, authority.Mode);
    }

    [Fact]
    public void What_is_denied_is_told_by_name()
    {
        var workspace = Company(new Agent { Id = "a", Name = "A", Body = "", Path = "a", Tools = new ToolRules { Deny = ["sandbox.destroy", "no_such_tool"] } });

        Assert.Equal(["sandbox_destroy"], Authority.Of(workspace, "a").DeniedTools);
    }

    [Fact]
    public void Rules_that_tighten_are_passed_on_and_an_allow_is_not()
    {
        var authority = Authority.Of(
            Ruled(
                new ApprovalRule { Effect = ApprovalEffect.Allow, Tools = ["*"] },
                new ApprovalRule { Effect = ApprovalEffect.Ask, Tools = ["Bash"], Reason = "It is a shell." },
                new ApprovalRule { Effect = ApprovalEffect.Deny, Marks = ["external_message", "publish"] },
                new ApprovalRule { Effect = ApprovalEffect.Deny, Marks = ["destructive"] },
                new ApprovalRule { Effect = ApprovalEffect.Ask, Tools = ["tool_of_tomorrow"] },
                new ApprovalRule { Effect = ApprovalEffect.Deny, Agents = ["somebody-else"] }),
            "a");

        Assert.Equal(
            ["Ask [sandbox.exec] None It is a shell.", "Deny [] ExternalMessage, Publish ", "Deny [sandbox.destroy] None ", "Ask [tool_of_tomorrow] None "],
            authority.Rules.Select(rule => $"{rule.Effect} [{string.Join(' ', rule.Capabilities)}] {rule.Marks} {rule.Reason}"));
    }

    [Fact]
    public void A_mark_that_nobody_knows_asks_for_everything()
    {
        var rule = Assert.Single(Authority.Of(Ruled(new ApprovalRule { Effect = ApprovalEffect.Deny, Marks = ["sparkle"] }), "a").Rules);

        Assert.Equal((RuleEffect.Ask, 0, Marks.None), (rule.Effect, rule.Capabilities.Count, rule.Marks));
    }

    [Theory]
    [InlineData(BudgetPeriod.Month, 100, "USD", 100)]
    [InlineData(BudgetPeriod.Day, 1, "USD", 28)]
    [InlineData(BudgetPeriod.Week, 10, "USD", 40)]
    [InlineData(BudgetPeriod.Year, 120, "USD", 10)]
    [InlineData(BudgetPeriod.Month, 0, "USD", 0)]
    [InlineData(BudgetPeriod.Month, -5, "USD", 0)]
    [InlineData(BudgetPeriod.Month, 100, "EUR", 0)]
    public void A_budget_is_never_told_larger_than_it_is(BudgetPeriod period, int amount, string currency, int monthly)
    {
        var budget = new ContractBudget { Limit = new BudgetLimit.Amount(amount), Period = period, Currency = currency };

        Assert.Equal(new Budget { MonthlyUsd = monthly }, Authority.Of(Company(new Agent { Id = "a", Name = "A", Body = "", Path = "a", Budget = budget }), "a").Budget);
    }

    [Theory]
    [InlineData(BudgetPeriod.Day)]
    [InlineData(BudgetPeriod.Week)]
    public void A_budget_too_large_to_count_in_months_stops_nobody(BudgetPeriod period)
    {
        var budget = new ContractBudget { Limit = new BudgetLimit.Amount(decimal.MaxValue), Period = period };

        Assert.InRange(Authority.Of(Company(new Agent { Id = "a", Name = "A", Body = "", Path = "a", Budget = budget }), "a").Budget!.MonthlyUsd!.Value, 1, decimal.MaxValue);
    }

    [Fact]
    public void Of_two_budgets_the_smaller_counts_and_without_one_nothing_may_be_spent()
    {
        var unlimited = new Agent { Id = "a", Name = "A", Body = "", Path = "a", Budget = new ContractBudget { Limit = BudgetLimit.Unlimited.Value } };
        var workspace = Company(unlimited);
        var small = workspace with { Company = workspace.Company with { Budget = new ContractBudget { Limit = new BudgetLimit.Amount(20) } } };

        Assert.Equal(new Budget { IsUnlimited = true }, Authority.Of(workspace, "a").Budget);
        Assert.Equal(new Budget { MonthlyUsd = 20 }, Authority.Of(small, "a").Budget);
        Assert.Null(Authority.Of(Company(), agentId: null).Budget);
    }

    [Fact]
    public async Task The_pipeline_is_told_what_the_folder_says_now()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var seam = acme.Mcp.Services.GetRequiredService<IWorkspaceAuthority>();

        var before = await seam.ForAsync(WorkspaceHarness.Founder, TestContext.Current.CancellationToken);
        acme.Write("company.yaml", "name: Acme\napprovals:\n  mode: auto\n");
        await acme.ReadAsync();
        var after = await seam.ForAsync(WorkspaceHarness.Founder, TestContext.Current.CancellationToken);
        var elsewhere = await seam.ForAsync(McpHarness.Somebody, TestContext.Current.CancellationToken);

        Assert.Equal(Mode.Manual, before!.Mode);
        Assert.Equal(Mode.Auto, after!.Mode);
        Assert.Contains("sandbox_read_file", before.Tools!);
        Assert.DoesNotContain("sandbox_destroy", before.Tools!);
        Assert.NotEqual(before.Fingerprint(), after.Fingerprint());
        Assert.Null(elsewhere);
    }

    private static Workspace Ruled(params IReadOnlyList<ApprovalRule> rules)
    {
        var workspace = Company(new Agent { Id = "a", Name = "A", Body = "", Path = "a" });
        return workspace with { Company = workspace.Company with { Approvals = new ApprovalPolicy { Rules = rules } } };
    }

    private static Workspace Company(params IReadOnlyList<Agent> agents) => new()
    {
        Root = "/acme",
        BootText = "",
        Company = new Company { Name = "Acme", Slug = "acme" },
        Agents = agents,
        Artifacts = new FolderInfo { Path = "artifacts" },
        Receipts = new FolderInfo { Path = "receipts" },
        Fingerprint = "sha256:0",
    };
}
