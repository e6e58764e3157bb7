namespace Miosa.Mcp.Calls;

/// <summary>
/// Decides whether a call may be made. Pure: the same question has the same answer. Whatever forbids is stronger than
/// what asks, and what asks is stronger than what allows; what is not known is refused.
/// </summary>
internal static class CallPolicy
{
    private const Marks KnownMarks = Marks.Spend | Marks.ExternalMessage | Marks.Publish | Marks.Credential | Marks.DeviceCreate;

    public static Decision Decide(Question question)
    {
        var refusals = Refusals(question);
        if (refusals.Count > 0)
            return new Decision.Deny(refusals);
        var questions = Questions(question);
        if (questions.Count is 0 || question.IsApproved)
            return new Decision.Allow(questions);
        // What is always asked about is asked about each time: no standing consent answers it.
        return question.Grant is { } grant && question.Capability.Approval is not ApprovalClass.Always
            ? new Decision.Allow(questions, grant)
            : new Decision.Ask(questions);
    }

    /// <summary>Whether the caller sees the tool at all; of others nothing is told.</summary>
    public static bool IsVisible(Caller caller, CapabilityAttribute capability, IReadOnlyList<Authority> authorities) =>
        MayKnow(caller, capability, authorities) && !(caller.ReadOnly && capability.IsMutation);

    /// <summary>Whether the caller may learn why it is refused: it chose the toolset, and scopes and contract let it know of the tool.</summary>
    public static bool MayKnow(Caller caller, CapabilityAttribute capability, IReadOnlyList<Authority> authorities) =>
        IsInToolset(caller, capability) && Scopes.Allows(caller, capability) && authorities.All(authority => Names(authority, capability));

    private static bool IsInToolset(Caller caller, CapabilityAttribute capability) => caller.Toolsets.Count is 0
        ? capability.Toolset is CapabilityAttribute.DefaultToolset
        : caller.Toolsets.Contains(capability.Toolset) || caller.Toolsets.Contains(Toolsets.All);

    private static List<string> Refusals(Question question)
    {
        var capability = question.Capability;
        List<string> reasons = [];
        if (!Enum.IsDefined(capability.Risk) || !Enum.IsDefined(capability.Approval) || (question.Marks & ~KnownMarks) is not Marks.None)
            reasons.Add("What the tool does is not among what this host knows.");
        if (question.ReadOnly && capability.IsMutation)
            reasons.Add("This connection is read-only.");
        if (!question.InScope)
            reasons.Add("The key's scopes do not open it.");
        if (!IsKnown(question.DefaultMode) || question.Authorities.Any(authority => authority.Mode is { } mode && !IsKnown(mode)))
            reasons.Add("The approval policy is not one that this host knows.");
        foreach (var authority in question.Authorities)
        {
            if (!Names(authority, capability))
                reasons.Add("The agent's file does not name it.");
            if (capability.Permission is { } needed && authority.Permissions is { } permissions && !permissions.Contains(Permissions.All) && !permissions.Contains(needed))
                reasons.Add($"The agent lacks the permission {needed}.");
            foreach (var rule in authority.Rules)
            {
                if (rule.Effect is not (RuleEffect.Ask or RuleEffect.Deny) || (rule.Marks & ~KnownMarks) is not Marks.None)
                    reasons.Add("A rule of the policy is not one that this host knows.");
                else if (rule.Effect is RuleEffect.Deny && IsAbout(rule, question))
                    reasons.Add(rule.Reason is { Length: > 0 } said ? $"A rule forbids it: {said}" : "A rule forbids it.");
            }
            if (question.Marks.HasFlag(Marks.Spend) && Uncovered(authority.Budget, capability.CostUsd, question.SpentUsd) is { } problem)
                reasons.Add(problem);
        }
        if (question.Marks.HasFlag(Marks.Spend) && question.Authorities.Count is 0)
            reasons.Add("It costs money and there is no budget.");
        return [.. reasons.Distinct(StringComparer.Ordinal)];
    }

    private static List<string> Questions(Question question)
    {
        var capability = question.Capability;
        List<string> reasons = [];
        if (capability.Approval is ApprovalClass.Always)
            reasons.Add("It is asked about each time.");
        switch (Strictest(question))
        {
            case ApprovalMode.Manual when capability.IsMutation || question.Marks is not Marks.None:
                reasons.Add("The policy `manual` asks about everything that changes something.");
                break;
            case ApprovalMode.ConfirmRisky:
                if (capability.Risk is Risk.Destructive)
                    reasons.Add("It takes something away for good.");
                reasons.AddRange(Words(question.Marks));
                break;
        }
        foreach (var rule in question.Authorities.SelectMany(authority => authority.Rules))
        {
            if (rule.Effect is RuleEffect.Ask && IsAbout(rule, question))
                reasons.Add(rule.Reason is { Length: > 0 } said ? $"A rule asks about it: {said}" : "A rule asks about it.");
        }
        return [.. reasons.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The enum is written from the loosest to the strictest.</summary>
    private static ApprovalMode Strictest(Question question) =>
        question.Authorities.Count is 0 ? question.DefaultMode : question.Authorities.Max(authority => authority.Mode ?? question.DefaultMode);

    private static bool IsKnown(ApprovalMode mode) => mode is ApprovalMode.Auto or ApprovalMode.ConfirmRisky or ApprovalMode.Manual;

    private static IEnumerable<string> Words(Marks marks)
    {
        if (marks.HasFlag(Marks.Spend))
            yield return "It costs money.";
        if (marks.HasFlag(Marks.ExternalMessage))
            yield return "It lets something be told to the outside.";
        if (marks.HasFlag(Marks.Publish))
            yield return "It shows something to people whom nobody named.";
        if (marks.HasFlag(Marks.Credential))
            yield return "It makes or shows what opens doors.";
        if (marks.HasFlag(Marks.DeviceCreate))
            yield return "It makes a device that costs.";
    }

    private static string? Uncovered(Budget? budget, double cost, decimal spent)
    {
        if (budget is null)
            return "It costs money and there is no budget.";
        if (budget.IsUnlimited)
            return null;
        if (double.IsNaN(cost) || cost < 0)
            return "What it costs is not known, so no limited budget covers it.";
        var most = budget.MonthlyUsd ?? 0;
        return spent + (decimal)cost <= most ? null : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"It costs {cost:0.##} USD; of this month's {most:0.##} USD {Math.Max(0, most - spent):0.##} are left.");
    }

    /// <summary>Whether the contract lets its agent know of the tool.</summary>
    private static bool Names(Authority authority, CapabilityAttribute capability)
    {
        var tool = capability.Name.Replace('.', '_');
        return !authority.DeniedTools.Any(pattern => Matches(pattern, tool, capability.Name))
            && (authority.Tools is null || authority.Tools.Any(pattern => Matches(pattern, tool, capability.Name)));
    }

    private static bool IsAbout(PolicyRule rule, Question question) =>
        (rule.Capabilities.Count is 0 || rule.Capabilities.Any(pattern => Matches(pattern, question.Capability.Name, question.Capability.Name.Replace('.', '_'))))
        && (rule.Marks is Marks.None || (rule.Marks & question.Marks) is not Marks.None);

    private static bool Matches(string pattern, string name, string otherName) => Globs.Match(pattern, name) || Globs.Match(pattern, otherName);
}
