namespace Miosa.Workspaces.Tests;

public sealed class PolicyTests
{
    [Theory]
    [InlineData("approvals: auto", ApprovalMode.Auto, null)]
    [InlineData("approval_policy: confirm-risky", ApprovalMode.ConfirmRisky, null)]
    [InlineData("approvals: { mode: manual }", ApprovalMode.Manual, null)]
    [InlineData("approvals: yolo", ApprovalMode.Manual, "MW043")]
    [InlineData("approvals: { mode: auto, unless: friday }", ApprovalMode.Manual, "MW044")]
    [InlineData("approvals: { mode: auto, rules: never }", ApprovalMode.Manual, "MW044")]
    [InlineData("approvals: auto\napprovals: manual", ApprovalMode.Manual, "MW023")]
    [InlineData("approvals: auto\nx: [", ApprovalMode.Manual, "MW020")]
    public void A_mode_nobody_knows_asks_about_everything(string line, ApprovalMode mode, string? code)
    {
        var loaded = Folder.Load(("company.yaml", "name: A\n" + line + "\n"));

        Assert.Equal(mode, loaded.Workspace.Company.Approvals.Mode);
        Assert.Equal(code is not null, loaded.Problems.Any(problem => problem.Code == code));
    }

    [Fact]
    public void A_company_that_says_nothing_leaves_the_mode_to_the_host() =>
        Assert.Null(Folder.Load(("company.yaml", "name: A\n")).Workspace.Company.Approvals.Mode);

    [Fact]
    public void Rules_name_tools_agents_and_marks_and_say_how_far_they_go()
    {
        var rules = Rules("""
            - effect: allow-with-limits
              tools: [deploy_*]
              agents: [ops]
              limits: { max_cost: 20, max_uses: 3, per: day, arguments: { target: [staging, "test-*"] } }
            - ask: [sandbox_destroy]
            - deny: network_set
              marks: [external-message]
              reason: Nobody speaks for us.
            """);

        Assert.Equal([ApprovalEffect.Allow, ApprovalEffect.Ask, ApprovalEffect.Deny], rules.Select(rule => rule.Effect));
        Assert.Equal((20m, 3, BudgetPeriod.Day), (rules[0].Limits.MaxCost, rules[0].Limits.MaxUses, rules[0].Limits.Per));
        Assert.Equal(["staging", "test-*"], rules[0].Limits.Arguments["target"]);
        Assert.True(rules[0].Fits("ops", "deploy_publish", null, []));
        Assert.False(rules[0].Fits("sales", "deploy_publish", null, []));
        Assert.True(rules[2].Fits("sales", "network_set", null, ["external_message"]));
        Assert.False(rules[2].Fits("sales", "network_set", null, ["spend"]));
        Assert.Equal(10, rules[2].Line);
    }

    [Theory]
    [InlineData("- allow: []")]
    [InlineData("- effect: allow")]
    [InlineData("- allow: [x]\n  when: friday")]
    [InlineData("- allow: [x]\n  marks: [nice]")]
    [InlineData("- allow: [x]\n  limits: { max_cost: lots }")]
    [InlineData("- allow: [x]\n  limits: { min_cost: 1 }")]
    [InlineData("- allow: [x, {y: {z: 1}}, [q]]")]
    [InlineData("- tools: [x]")]
    [InlineData("- just words")]
    public void A_rule_that_cannot_be_read_never_allows(string rule) =>
        Assert.All(Rules(rule), read => Assert.Equal(ApprovalEffect.Ask, read.Effect));

    [Theory]
    [InlineData("- effect: alow\n  tools: [x]")]
    [InlineData("- deny: [x]\n  allow: [x]")]
    [InlineData("- deny: [x]\n  when: friday")]
    public void A_word_nobody_knows_denies(string rule) =>
        Assert.Equal(ApprovalEffect.Deny, Assert.Single(Rules(rule)).Effect);

    [Theory]
    [InlineData("- deny: [\"Bash(git push*)\"]", ApprovalEffect.Deny, true)]
    [InlineData("- ask: Bash(git push, git pull)", ApprovalEffect.Ask, true)]
    [InlineData("- effect: deny\n  tools: [\"Bash(git push*)\"]", ApprovalEffect.Deny, true)]
    [InlineData("- allow: [\"Bash(git push*)\"]\n  when: friday", ApprovalEffect.Ask, true)]
    [InlineData("- allow: [\"Bash(git push*)\"]", ApprovalEffect.Allow, false)]
    public void A_rule_about_a_part_of_a_tool_tightens_all_of_it_and_loosens_nothing(string rule, ApprovalEffect effect, bool fits)
    {
        var loaded = WithRules(rule);
        var read = Assert.Single(loaded.Workspace.Company.Approvals.Rules);

        Assert.Equal((effect, fits), (read.Effect, read.Fits("a", "sandbox_exec", null, [])));
        Assert.False(read.Fits("a", "sandbox_destroy", null, []));
        Assert.Contains(loaded.Problems, problem => problem.Code is "MW056");
    }

    [Theory]
    [InlineData("budget: null", "unlimited")]
    [InlineData("budget: unlimited", "unlimited")]
    [InlineData("budget: ~", "unlimited")]
    [InlineData("budget:", "not set")]
    [InlineData("budget: { monthly_usd: }", "not set")]
    [InlineData("budget: {}", "not set")]
    [InlineData("x: 1", "not set")]
    [InlineData("budget: 0", "0")]
    [InlineData("budget: 12.50", "12.50")]
    [InlineData("budget: $40/month", "40")]
    [InlineData("budget: { daily_usd: 5 }", "5")]
    [InlineData("budget: { limit: 5, currency: EUR }", "5")]
    [InlineData("budget: lots", "0")]
    [InlineData("budget: -3", "0")]
    [InlineData("budget: [5]", "0")]
    [InlineData("budget: { monthly_usd: \"null\" }", "0")]
    [InlineData("budget: 5\nx: [", "5")]
    [InlineData("x: [\nbudgets: 5", "0")]
    public void Null_is_unlimited_only_where_it_is_written(string line, string limit)
    {
        var read = Folder.Load(("company.yaml", "name: A\n" + line + "\n")).Workspace.Company.Budget.Limit;

        Assert.Equal(limit, read switch { BudgetLimit.Unlimited => "unlimited", BudgetLimit.NotSet => "not set", BudgetLimit.Amount amount => amount.Value.ToString(System.Globalization.CultureInfo.InvariantCulture), _ => "" });
    }

    [Theory]
    [InlineData("primary_device: computer", DeviceKind.Computer)]
    [InlineData("primary_device: { type: local, name: Kim's }", DeviceKind.Local)]
    [InlineData("primary_device: toaster", null)]
    [InlineData("primary_device:", null)]
    public void The_primary_device_is_of_a_kind_there_is(string line, DeviceKind? kind) =>
        Assert.Equal(kind, Folder.Load(("company.yaml", "name: A\n" + line + "\n")).Workspace.Company.PrimaryDevice?.Kind);

    private static IReadOnlyList<ApprovalRule> Rules(string rules) => WithRules(rules).Workspace.Company.Approvals.Rules;

    private static LoadResult WithRules(string rules) =>
        Folder.Load(("company.yaml", "name: A\napprovals:\n  mode: auto\n  rules:\n" + string.Join("\n", rules.Split('\n').Select(line => "    " + line)) + "\n"));
}
