namespace Miosa.Workspaces;

/// <summary>What a person is asked about before it happens.</summary>
public sealed record ApprovalPolicy
{
    /// <summary>What was written. Null: nothing was, and the host's own default applies. A word nobody knows counts as `manual`.</summary>
    public ApprovalMode? Mode { get; init; }

    /// <summary>Exceptions, in the order of the file. Of those that fit a call, the strictest holds.</summary>
    public IReadOnlyList<ApprovalRule> Rules { get; init; } = [];
}

/// <summary>How much is asked about.</summary>
public enum ApprovalMode
{
    /// <summary>Everything that is more than reading.</summary>
    Manual,

    /// <summary>What is destructive, spends, speaks to the outside, publishes, uses credentials or makes devices.</summary>
    ConfirmRisky,

    /// <summary>Only what always has to be asked about.</summary>
    Auto,
}

/// <summary>One exception from the mode. It fits a call when each of its lists that is not empty names it.</summary>
public sealed record ApprovalRule
{
    public required ApprovalEffect Effect { get; init; }

    /// <summary>Tools or capabilities, with `*`: see <see cref="ToolPattern"/>.</summary>
    public IReadOnlyList<string> Tools { get; init; } = [];

    /// <summary>Ids of agents, with `*`.</summary>
    public IReadOnlyList<string> Agents { get; init; } = [];

    /// <summary>Marks of risk: read, write, destructive, spend, external_message, publish, credential, device_create.</summary>
    public IReadOnlyList<string> Marks { get; init; } = [];

    /// <summary>How far an `allow` goes.</summary>
    public ApprovalLimits Limits { get; init; } = new();

    public string? Reason { get; init; }

    /// <summary>The line it begins on.</summary>
    public int Line { get; init; }

    public bool Fits(string agentId, string tool, string? capability, IReadOnlyCollection<string> marks) =>
        (Tools.Count is 0 || Tools.Any(pattern => ToolPattern.Matches(pattern, tool, capability)))
        && (Agents.Count is 0 || Agents.Any(pattern => ToolPattern.Glob(pattern, agentId)))
        && (Marks.Count is 0 || Marks.Any(mark => marks.Contains(mark, StringComparer.OrdinalIgnoreCase)));
}

/// <summary>What a rule says. The order is that of strictness.</summary>
public enum ApprovalEffect
{
    /// <summary>Without asking, within the limits.</summary>
    Allow,
    Ask,

    /// <summary>Never. Also what a word nobody knows counts as.</summary>
    Deny,
}

/// <summary>Within these, a rule allows. What is null is not limited.</summary>
public sealed record ApprovalLimits
{
    public decimal? MaxCost { get; init; }
    public int? MaxUses { get; init; }

    /// <summary>What cost and uses are counted over.</summary>
    public BudgetPeriod? Per { get; init; }

    /// <summary>For arguments of the call, the values they may have, with `*`.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Arguments { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
}
