namespace Miosa.Mcp.Approvals;

/// <summary>A request for a person's answer, as it is stored.</summary>
internal sealed record ApprovalRow
{
    public required string Id { get; init; }

    public required string Workspace { get; init; }

    public ApprovalKind Kind { get; init; }

    public ApprovalState State { get; init; }

    /// <summary>Who asks for what: the same asker's same call has the same one.</summary>
    public required string Identity { get; init; }

    public required string Principal { get; init; }

    public string? Agent { get; init; }

    public string? Client { get; init; }

    public required string Transport { get; init; }

    public required string Tool { get; init; }

    public required string Capability { get; init; }

    public int Version { get; init; }

    public required string Fingerprint { get; init; }

    public required string Risk { get; init; }

    public required string Marks { get; init; }

    public string? Device { get; init; }

    /// <summary>As JSON, exactly as they will be used. For the person's eyes; never in an event.</summary>
    public required string Arguments { get; init; }

    public required Binding Binding { get; init; }

    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>What the host found where the call would act.</summary>
    public CallFacts? Facts { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? DecidedAt { get; init; }

    public string? DecidedBy { get; init; }

    /// <summary>Through which door: `terminal`, `http` or `client`.</summary>
    public string? DecidedVia { get; init; }

    /// <summary>What the person said to it.</summary>
    public string? Note { get; init; }

    /// <summary>What the person made of the arguments; the call is then made with these.</summary>
    public string? EditedArguments { get; init; }

    public Binding? EditedBinding { get; init; }

    public string? GrantId { get; init; }

    public DateTimeOffset? ConsumedAt { get; init; }

    /// <summary>The call that consumed it.</summary>
    public string? CallId { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>`completed`, `failed`, `not_started` or `interrupted`.</summary>
    public string? Outcome { get; init; }

    /// <summary>What the person said, in a word; null while nobody did. What became of it afterwards is its state.</summary>
    public string? DecidedAs() => DecidedAt is null ? null : State is ApprovalState.Denied ? "denied" : State is ApprovalState.RevisionRequested ? "revision_requested" : "approved";

    /// <summary>As it is now: time passes without anybody writing it down.</summary>
    public ApprovalRow At(DateTimeOffset now) => State is ApprovalState.Pending or ApprovalState.Approved && ExpiresAt <= now ? this with { State = ApprovalState.Expired } : this;
}
