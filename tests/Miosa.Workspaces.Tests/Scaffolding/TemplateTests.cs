using Miosa.Workspaces.Tests.Bridges;

namespace Miosa.Workspaces.Tests.Scaffolding;

public sealed class TemplateTests
{
    private static readonly LoadResult Loaded = new WorkspaceLoader().Load(TemplateFolder.Path);

    [Fact]
    public void The_company_that_we_ship_has_no_problem_not_even_a_strict_one()
    {
        Assert.Empty(Loaded.Problems);
        Assert.Empty(Loaded.StrictProblems);
    }

    [Fact]
    public void It_says_what_the_seed_asks_of_a_company()
    {
        var workspace = Loaded.Workspace;

        Assert.Equal(["engineering", "founder", "marketing", "sales", "support"], workspace.Agents.Select(agent => agent.Id).Order());
        Assert.Equal(["build-landing-page", "qualify-lead", "write-proposal"], workspace.Skills.Select(skill => skill.Name).Order());
        Assert.Equal(["new-customer", "site-incident", "weekly-review"], workspace.Runbooks.Select(runbook => runbook.Id).Order());
        Assert.All(workspace.Agents, agent =>
        {
            Assert.NotEmpty(agent.Scope);
            Assert.NotEmpty(agent.Authority);
            Assert.NotEmpty(agent.Standards);
            Assert.NotEmpty(agent.Escalation);
            Assert.True(agent.Tools.IsStated);
        });
        Assert.All(workspace.Skills, skill =>
        {
            Assert.NotEmpty(skill.Inputs);
            Assert.NotEmpty(skill.Outputs);
            Assert.NotEmpty(skill.References);
        });
        Assert.All(workspace.Runbooks, runbook =>
        {
            Assert.NotEmpty(runbook.Steps);
            Assert.NotEmpty(runbook.Checks);
            Assert.NotNull(runbook.Owner);
        });
        Assert.True(workspace.Artifacts.Exists);
        Assert.True(workspace.Receipts.Exists);
    }

    [Fact]
    public void What_its_comments_say_of_approvals_and_budgets_is_what_is_in_force()
    {
        var company = Loaded.Workspace.Company;

        Assert.Equal(ApprovalMode.ConfirmRisky, company.Approvals.Mode);
        Assert.Equal([ApprovalEffect.Ask, ApprovalEffect.Deny, ApprovalEffect.Ask], company.Approvals.Rules.Select(rule => rule.Effect));
        Assert.Equal(new BudgetLimit.Amount(1200), company.Budget.Limit);
        Assert.Equal(BudgetEnforcement.Stop, company.Budget.Enforcement);
        Assert.Equal(new BudgetLimit.Amount(0), Loaded.Workspace.FindAgent("support")!.Budget.Limit);
        Assert.Equal(DeviceKind.Sandbox, company.PrimaryDevice!.Kind);
        Assert.Equal("4800", company.Facts.At("offers.0.price.amount")!.Words);
        Assert.True(Loaded.Workspace.ToolsOf("engineering").Allows("sandbox_exec"));
        Assert.False(Loaded.Workspace.ToolsOf("support").Allows("sandbox_exec"));
    }

    [Fact]
    public void Its_boot_file_stands_by_itself_within_what_clients_show_of_instructions()
    {
        var boot = Loaded.Workspace.BootText;

        Assert.InRange(boot.Length, 1, 4096);
        Assert.InRange(boot.IndexOf('\n', StringComparison.Ordinal), 1, 512);
    }
}
