using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Miosa.Mcp.Calls;
using Miosa.Workspaces;
using Budget = Miosa.Mcp.Calls.Budget;
using ContractBudget = Miosa.Workspaces.Budget;
using ContractMode = Miosa.Workspaces.ApprovalMode;
using Mode = Miosa.Mcp.Calls.ApprovalMode;

namespace Miosa.Mcp.Workspaces;

/// <summary>
/// What the folder says now about a caller, in the words of the pipeline. It only translates: what is in force where
/// the folder says something looser than a person accepted is not decided here.
/// </summary>
internal sealed class WorkspaceAuthority(WorkspaceContracts contracts, OfferedTools tools) : IWorkspaceAuthority
{
    /// <summary>Whoever works under a contract may read it, and may ask what became of a request: without these nobody can keep to it.</summary>
    private static readonly HashSet<string> AlwaysReadable = new(
        ["guide", "workspace_get", "workspace_validate", "skill_list", "skill_get", "agent_get", "runbook_get", "company_get", "approval_get", "approval_list", "capability_list"],
        StringComparer.Ordinal);

    /// <summary>More than anybody spends, and little enough to be counted in months.</summary>
    private const decimal MostUsd = 1_000_000_000_000;

    /// <summary>The same for the same contract, so that whoever compares sees that nothing changed.</summary>
    private readonly ConditionalWeakTable<WorkspaceContract, ConcurrentDictionary<string, Authority>> _known = [];

    public async ValueTask<Authority?> ForAsync(Caller caller, CancellationToken cancellationToken) =>
        await contracts.FindAsync(caller.WorkspaceName, cancellationToken) is { } contract
            ? _known.GetOrCreateValue(contract).GetOrAdd(caller.Agent ?? "", _ => Of(contract.Workspace, caller.Agent))
            : null;

    /// <param name="workspace">The contract.</param>
    /// <param name="agentId">Whom the caller acts as; null for a person's own client, which no agent's file limits.</param>
    public Authority Of(Workspace workspace, string? agentId)
    {
        var company = workspace.Company;
        var authority = new Authority
        {
            Mode = company.Approvals.Mode is { } mode ? ModeOf(mode) : null,
            Rules = [.. company.Approvals.Rules.SelectMany(rule => RulesOf(rule, agentId))],
            Budget = BudgetOf(company.Budget, company.Budget.Limit),
        };
        if (agentId is null)
            return authority;
        var agent = workspace.FindAgent(agentId);
        var named = workspace.ToolsOf(agentId);
        return authority with
        {
            Tools = named.Origin is ToolOrigin.Host ? null : [.. tools.All.Where(tool => named.Allows(tool.Name, tool.Capability) || MayRead(tool)).Select(tool => tool.Name)],
            DeniedTools = [.. tools.All.Where(tool => named.Deny.Any(pattern => ToolPattern.Matches(pattern, tool.Name, tool.Capability))).Select(tool => tool.Name)],
            Permissions = agent is null ? [] : agent.DevicePermissions,
            Budget = Stricter(authority.Budget, agent is null ? new Budget { MonthlyUsd = 0 } : BudgetOf(agent.Budget, agent.Budget.Limit) ?? BudgetOf(company.Budget, company.Budget.PerAgent)),
        };

        bool MayRead(OfferedTool tool) => named.Origin is not ToolOrigin.Unknown && AlwaysReadable.Contains(tool.Name);
    }

    private static Mode ModeOf(ContractMode mode) => mode switch
    {
        ContractMode.Auto => Mode.Auto,
        ContractMode.ConfirmRisky => Mode.ConfirmRisky,
        _ => Mode.Manual,
    };

    /// <summary>Only what tightens; an `allow` of the folder lifts nothing here.</summary>
    private IEnumerable<PolicyRule> RulesOf(ApprovalRule rule, string? agentId)
    {
        if (rule.Effect is ApprovalEffect.Allow || (rule.Agents.Count > 0 && !IsFor(rule, agentId)))
            yield break;
        var effect = rule.Effect is ApprovalEffect.Ask ? RuleEffect.Ask : RuleEffect.Deny;
        var named = Capabilities(rule.Tools);
        var (marks, risks, isUnknown) = MarksOf(rule.Marks);
        if (rule.Marks.Count is 0)
            yield return new PolicyRule { Effect = effect, Capabilities = named, Reason = rule.Reason };
        // A word nobody knows may have meant any of them.
        if (isUnknown)
            yield return new PolicyRule { Effect = RuleEffect.Ask, Capabilities = named, Reason = rule.Reason };
        if (marks is not Marks.None)
            yield return new PolicyRule { Effect = effect, Capabilities = named, Marks = marks, Reason = rule.Reason };
        if (risks.Count > 0 && OfRisk(named, risks) is { Count: > 0 } risky)
            yield return new PolicyRule { Effect = effect, Capabilities = risky, Reason = rule.Reason };
    }

    /// <summary>Who is no agent is none of those that a rule names.</summary>
    private static bool IsFor(ApprovalRule rule, string? agentId) => agentId is not null && (rule with { Tools = [], Marks = [] }).Fits(agentId, "", null, []);

    /// <summary>The names of what patterns mean here. One that means nothing here stays as it is: a list that were empty would mean everything.</summary>
    private IReadOnlyList<string> Capabilities(IReadOnlyList<string> patterns) =>
    [
        .. patterns.SelectMany(pattern =>
        {
            var meant = tools.All.Where(tool => ToolPattern.Matches(pattern, tool.Name, tool.Capability)).Select(tool => tool.Capability).ToList();
            return meant.Count > 0 ? meant : [pattern];
        }).Distinct(StringComparer.Ordinal),
    ];

    private List<string> OfRisk(IReadOnlyList<string> named, IReadOnlySet<Risk> risks) =>
        [.. tools.All.Where(tool => risks.Contains(tool.Risk) && (named.Count is 0 || named.Contains(tool.Capability))).Select(tool => tool.Capability)];

    private static (Marks Marks, IReadOnlySet<Risk> Risks, bool IsUnknown) MarksOf(IReadOnlyList<string> words)
    {
        var marks = Marks.None;
        var risks = new HashSet<Risk>();
        var isUnknown = false;
        foreach (var word in words)
        {
            var plain = word.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
            if (Enum.TryParse<Marks>(plain, ignoreCase: true, out var mark) && mark is not Marks.None && Enum.IsDefined(mark) && !char.IsAsciiDigit(plain[0]))
                marks |= mark;
            else if (Enum.TryParse<Risk>(plain, ignoreCase: true, out var risk) && Enum.IsDefined(risk) && !char.IsAsciiDigit(plain[0]))
                risks.Add(risk);
            else
                isUnknown = true;
        }
        return (marks, risks, isUnknown);
    }

    /// <summary>Null where nothing is said. Another currency than dollars is none of ours to change: nothing may be spent then.</summary>
    private static Budget? BudgetOf(ContractBudget budget, BudgetLimit limit) => limit switch
    {
        BudgetLimit.Unlimited => new Budget { IsUnlimited = true },
        BudgetLimit.Amount(var amount) => new Budget { MonthlyUsd = budget.Currency is "USD" ? Monthly(Math.Clamp(amount, 0, MostUsd), budget.Period) : 0 },
        _ => null,
    };

    /// <summary>Never more in a month than the shortest month, or a month's part of what is longer.</summary>
    private static decimal Monthly(decimal amount, BudgetPeriod period) => period switch
    {
        BudgetPeriod.Day => amount * 28,
        BudgetPeriod.Week => amount * 4,
        BudgetPeriod.Month => amount,
        _ => amount / 12,
    };

    private static Budget? Stricter(Budget? one, Budget? other) => (one, other) switch
    {
        (null, _) => other,
        (_, null) => one,
        ({ IsUnlimited: true }, _) => other,
        (_, { IsUnlimited: true }) => one,
        _ => one.MonthlyUsd <= other.MonthlyUsd ? one : other,
    };
}
