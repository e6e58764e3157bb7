using System.Globalization;
using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces.Parts;

/// <summary>Reads budgets. Whatever cannot be read is an amount of 0.</summary>
internal static class BudgetPart
{
    private static readonly Dictionary<string, BudgetPeriod> Periods = new(StringComparer.OrdinalIgnoreCase)
    {
        ["day"] = BudgetPeriod.Day, ["daily"] = BudgetPeriod.Day,
        ["week"] = BudgetPeriod.Week, ["weekly"] = BudgetPeriod.Week,
        ["month"] = BudgetPeriod.Month, ["monthly"] = BudgetPeriod.Month,
        ["year"] = BudgetPeriod.Year, ["yearly"] = BudgetPeriod.Year, ["annual"] = BudgetPeriod.Year,
        ["total"] = BudgetPeriod.Total, ["once"] = BudgetPeriod.Total,
    };

    public static Budget Read(PartContext file, YamlEntry? entry)
    {
        if (entry is not { } budget)
            return file.Problems.IsDamaged ? new Budget { Limit = new BudgetLimit.Amount(0) } : Budget.NotSet;
        if (budget.Value is not YamlNode.Map map)
            return new Budget { Limit = Limit(file, budget) };

        var fields = new Fields(map, file.Problems);
        var read = new Budget { Currency = Currency(file, fields), Period = Period(file, fields.Take("period", "per")) ?? BudgetPeriod.Month };
        if (fields.Take("limit", "amount", "max") is { } limit)
            read = read with { Limit = Limit(file, limit) };
        if (fields.Take("per_agent", "per_agent_usd", "perAgent") is { } each)
            read = read with { PerAgent = Limit(file, each) };
        if (fields.Take("enforcement") is { } enforcement)
            read = read with { Enforcement = Enforcement(file, enforcement) };
        // `monthly_usd` says three things in one name.
        foreach (var (name, period) in Periods)
        {
            if (fields.Take(name, name + "_usd", name + "_" + read.Currency) is not { } named)
                continue;
            if (read.Limit is BudgetLimit.NotSet)
                read = read with { Limit = Limit(file, named), Period = period };
            else
                file.Problems.Warning(Codes.BadBudget, named.Key.At, $"{Quote.Of(named.Key.Value)} is a second limit; only the first one counts.", "leave one.");
        }
        fields.Rest();
        return read;
    }

    public static BudgetPeriod? Period(PartContext file, YamlEntry? entry)
    {
        if (entry is not { Value: YamlNode.Scalar { IsNull: false } word } named)
            return null;
        if (Periods.TryGetValue(word.Value.Trim(), out var period))
            return period;
        file.Problems.Error(Codes.BadBudget, word.At, $"{Quote.Of(word.Value)} is no time to count {Quote.Of(named.Key.Value)} over; it counts for ever.", "write day, week, month, year or total.");
        return BudgetPeriod.Total;
    }

    public static decimal? Amount(string text)
    {
        var plain = text.Trim().TrimStart('$', '€', '£').Trim();
        if (plain.IndexOfAny([' ', '/']) is > 0 and var end)
            plain = plain[..end];
        return decimal.TryParse(plain.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowDecimalPoint | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var amount) ? amount : null;
    }

    private static BudgetLimit Limit(PartContext file, YamlEntry entry)
    {
        switch (entry.Value)
        {
            case YamlNode.Scalar { IsEmpty: true } empty:
                file.Problems.Warning(Codes.EmptyBudget, empty.At, $"{Quote.Of(entry.Key.Value)} is empty, so no budget is set.", "write an amount, or `null` if it is really unlimited.");
                return BudgetLimit.NotSet.Value;
            case YamlNode.Scalar { IsNull: true } or YamlNode.Scalar { Value: "unlimited" }:
                return BudgetLimit.Unlimited.Value;
            case YamlNode.Scalar scalar when Amount(scalar.Value) is { } amount:
                return new BudgetLimit.Amount(amount);
            default:
                file.Problems.Error(Codes.BadBudget, entry.Value.At, $"{Quote.Of(entry.Key.Value)} is no amount; it counts as 0.", "write a number that is not below 0, or `null` for no limit.");
                return new BudgetLimit.Amount(0);
        }
    }

    private static string Currency(PartContext file, Fields fields)
    {
        if (fields.Take("currency") is not { } entry || fields.TextOf(entry) is not { } text)
            return "USD";
        if (text.Length is 3 && text.All(char.IsAsciiLetter))
            return text.ToUpperInvariant();
        file.Problems.Warning(Codes.BadBudget, entry.Value.At, $"{Quote.Of(text)} is no currency; USD is taken.", "write three letters, such as EUR.");
        return "USD";
    }

    private static BudgetEnforcement? Enforcement(PartContext file, YamlEntry entry)
    {
        switch ((entry.Value as YamlNode.Scalar)?.Value.Trim().ToLowerInvariant())
        {
            case "visibility": return BudgetEnforcement.Visibility;
            case "warning": return BudgetEnforcement.Warning;
            case "stop": return BudgetEnforcement.Stop;
            default:
                file.Problems.Error(Codes.UnknownWord, entry.Value.At, "this says not what happens at the end of the budget; it counts as `stop`.", "write visibility, warning or stop.");
                return BudgetEnforcement.Stop;
        }
    }
}
