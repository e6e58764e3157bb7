namespace Miosa.Workspaces;

/// <summary>What may be spent.</summary>
public sealed record Budget
{
    public static Budget NotSet { get; } = new();

    public BudgetLimit Limit { get; init; } = BudgetLimit.NotSet.Value;

    /// <summary>The limit of each agent that sets none of its own.</summary>
    public BudgetLimit PerAgent { get; init; } = BudgetLimit.NotSet.Value;

    /// <summary>ISO 4217.</summary>
    public string Currency { get; init; } = "USD";

    public BudgetPeriod Period { get; init; } = BudgetPeriod.Month;

    public BudgetEnforcement? Enforcement { get; init; }
}

/// <summary>How much. Three things that must never be one: nobody said, without end, and an amount (0 is none).</summary>
public abstract record BudgetLimit
{
    private BudgetLimit() { }

    public sealed record NotSet : BudgetLimit
    {
        public static NotSet Value { get; } = new();
    }

    /// <summary>Only where a file says `null` or `unlimited` in so many letters.</summary>
    public sealed record Unlimited : BudgetLimit
    {
        public static Unlimited Value { get; } = new();
    }

    /// <summary>What cannot be read as an amount counts as an amount of 0.</summary>
    public sealed record Amount(decimal Value) : BudgetLimit;
}

/// <summary>What a budget is counted over.</summary>
public enum BudgetPeriod
{
    Day,
    Week,
    Month,
    Year,

    /// <summary>Once and for all.</summary>
    Total,
}

/// <summary>What happens at the end of a budget.</summary>
public enum BudgetEnforcement
{
    Visibility,
    Warning,
    Stop,
}
