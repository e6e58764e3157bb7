using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Receipts;

/// <summary>
/// What a receipt will say. No arguments and no results: only their hashes, and words that the host itself chose, since
/// a receipt is for strangers to read and is never taken back.
/// </summary>
internal sealed record ReceiptDraft
{
    public required ReceiptKind Kind { get; init; }

    /// <summary>Whose chain it belongs to.</summary>
    public required string Workspace { get; init; }

    /// <summary>Who asked, or for a person's answer: who answered.</summary>
    public required string Principal { get; init; }

    public string? Agent { get; init; }

    /// <summary>The door it came through, such as <see cref="Caller.Stdio"/>.</summary>
    public required string Transport { get; init; }

    /// <summary>Ties decision, beginning and end of one call together.</summary>
    public required string CallId { get; init; }

    /// <summary>`sha256:…` of the exact call, the one that an approval is bound to.</summary>
    public required string CallHash { get; init; }

    /// <summary>`sha256:…` of the arguments in canonical JSON.</summary>
    public string? ParametersHash { get; init; }

    /// <summary>Such as `sandbox.exec`.</summary>
    public required string Capability { get; init; }

    public required int CapabilityVersion { get; init; }

    /// <summary>`sha256:…` of the capability's definition.</summary>
    public string? CapabilityFingerprint { get; init; }

    public required Risk Risk { get; init; }

    /// <summary>What else it does, such as `spend` or `publish`.</summary>
    public IReadOnlyList<string> Marks { get; init; } = [];

    /// <summary>Only for <see cref="ReceiptKind.Decision"/>.</summary>
    public ReceiptDecision? Decision { get; init; }

    /// <summary>Why, in the words of the policy. Never a caller's words.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    public string? ApprovalId { get; init; }

    public string? GrantId { get; init; }

    /// <summary>When the approval or grant was given; needed where one is named.</summary>
    public DateTimeOffset? ApprovedAt { get; init; }

    public string? PolicyVersion { get; init; }

    public string? Device { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The code of a failure, such as `NOT_FOUND`; never its message, which may show what was given.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>`sha256:…` of the answer in canonical JSON.</summary>
    public string? ResultHash { get; init; }

    /// <summary>Parameters in clear, where somebody meant them to be: whoever reads the folder reads these.</summary>
    public IReadOnlyDictionary<string, string>? Disclosure { get; init; }
}
