namespace Miosa.Mcp.Calls;

/// <summary>A sentence of a policy. It can only tighten, so that one more of them never loosens anything.</summary>
internal sealed record PolicyRule
{
    public required RuleEffect Effect { get; init; }

    /// <summary>Capabilities by name or with `*`, such as `deployment.*`. Empty means any.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>Only calls that carry one of these; none means any.</summary>
    public Marks Marks { get; init; }

    /// <summary>In the words of who wrote it; shown to who is asked and who is refused.</summary>
    public string? Reason { get; init; }
}

/// <summary>What a rule does to the calls it is about.</summary>
internal enum RuleEffect
{
    Unknown,

    /// <summary>A person is asked.</summary>
    Ask,

    Deny,
}
