namespace Miosa.Mcp.Calls;

/// <summary>What calls that spend may cost. Nothing is unlimited unless somebody wrote so.</summary>
internal sealed record Budget
{
    /// <summary>In US dollars, for all calls of a calendar month (UTC) together; absent means none.</summary>
    public decimal? MonthlyUsd { get; init; }

    /// <summary>The contract says in words that there is no limit (`monthly_usd: null`).</summary>
    public bool IsUnlimited { get; init; }
}
