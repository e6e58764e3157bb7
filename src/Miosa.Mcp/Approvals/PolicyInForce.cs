using System.Globalization;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Approvals;

/// <summary>The authorities that a caller's calls have to satisfy, all of them.</summary>
internal sealed record PolicyInForce
{
    public required IReadOnlyList<Authority> Authorities { get; init; }

    public required ApprovalMode DefaultMode { get; init; }

    /// <summary>Stands for all of it in approvals and receipts.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>What a person accepted; null where nobody did, and the operator's default holds.</summary>
    public Authority? Accepted { get; init; }

    /// <summary>What the folder says now; null where there is none.</summary>
    public Authority? Folder { get; init; }

    /// <summary>In which ways the folder would allow more than was accepted. Empty where it does not.</summary>
    public IReadOnlyList<string> Looser { get; init; } = [];

    public static PolicyInForce Of(Authority? accepted, Authority? folder, ApprovalMode defaultMode)
    {
        var ceiling = accepted ?? new Authority();
        IReadOnlyList<Authority> all = folder is null ? [ceiling] : [ceiling, folder];
        return new PolicyInForce
        {
            Authorities = all,
            DefaultMode = defaultMode,
            Fingerprint = CanonicalJson.Hash(System.Text.Json.JsonSerializer.SerializeToElement(new { authorities = all, mode = defaultMode }, Wire.Options)),
            Accepted = accepted,
            Folder = folder,
            Looser = folder is null ? [] : [.. Differences(ceiling, folder, defaultMode)],
        };
    }

    /// <summary>Whatever of <paramref name="folder"/> is not plainly within <paramref name="ceiling"/>: in doubt a person is asked.</summary>
    private static IEnumerable<string> Differences(Authority ceiling, Authority folder, ApprovalMode defaultMode)
    {
        if ((folder.Mode ?? defaultMode) < (ceiling.Mode ?? defaultMode))
            yield return $"approval policy: {Word(ceiling.Mode ?? defaultMode)} → {Word(folder.Mode ?? defaultMode)}";
        foreach (var name in Added(ceiling.Tools, folder.Tools))
            yield return $"tools: + {name}";
        foreach (var name in ceiling.DeniedTools.Where(name => !folder.DeniedTools.Contains(name, StringComparer.Ordinal)))
            yield return $"denied tools: - {name}";
        foreach (var name in Added(ceiling.Permissions, folder.Permissions))
            yield return $"permissions: + {name}";
        foreach (var rule in ceiling.Rules.Where(rule => !folder.Rules.Any(other => IsSame(rule, other))))
            yield return $"rules: - {Word(rule.Effect)} {string.Join(' ', rule.Capabilities)} {rule.Marks} {rule.Reason}".TrimEnd();
        if (Most(folder.Budget) is var most && Most(ceiling.Budget) is var least && most > least)
            yield return $"monthly budget: {Money(least)} → {Money(most)}";
    }

    private static IEnumerable<string> Added(IReadOnlyList<string>? ceiling, IReadOnlyList<string>? folder) =>
        ceiling is null ? []
        : folder is null ? ["all"]
        : folder.Where(name => !ceiling.Any(pattern => pattern == name || (!name.Contains('*', StringComparison.Ordinal) && Globs.Match(pattern, name))));

    private static bool IsSame(PolicyRule one, PolicyRule other) =>
        one.Effect == other.Effect && one.Marks == other.Marks && one.Capabilities.Order(StringComparer.Ordinal).SequenceEqual(other.Capabilities.Order(StringComparer.Ordinal), StringComparer.Ordinal);

    private static decimal Most(Budget? budget) => budget is null ? 0 : budget.IsUnlimited ? decimal.MaxValue : budget.MonthlyUsd ?? 0;

    private static string Money(decimal usd) => usd is decimal.MaxValue ? "unlimited" : string.Create(CultureInfo.InvariantCulture, $"{usd:0.##} USD");

    private static string Word<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
