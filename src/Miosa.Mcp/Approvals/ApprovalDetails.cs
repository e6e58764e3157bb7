using System.Text.Json;

namespace Miosa.Mcp.Approvals;

/// <summary>A request as the person sees it who answers: exactly what will be done, and all the host knows of it.</summary>
internal sealed record ApprovalDetails
{
    public required string Id { get; init; }

    public required ApprovalState Status { get; init; }

    public ApprovalKind Kind { get; init; }

    public required string Workspace { get; init; }

    public required string Tool { get; init; }

    public required string Capability { get; init; }

    public required int Version { get; init; }

    public required string CapabilityFingerprint { get; init; }

    /// <summary>The call hash that an approval is bound to.</summary>
    public required string RequestFingerprint { get; init; }

    public required string Risk { get; init; }

    public required string Marks { get; init; }

    public required IReadOnlyList<string> Reasons { get; init; }

    public required string AskedBy { get; init; }

    public string? Agent { get; init; }

    public string? Client { get; init; }

    public required string Transport { get; init; }

    public string? Device { get; init; }

    /// <summary>Absent in lists.</summary>
    public JsonElement? Arguments { get; init; }

    public JsonElement? EditedArguments { get; init; }

    public string? EditedFingerprint { get; init; }

    public IReadOnlyList<string>? Preview { get; init; }

    public IReadOnlyList<BoundFile>? Files { get; init; }

    public IReadOnlyList<string>? NotBound { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? DecidedAt { get; init; }

    public string? Decision { get; init; }

    public string? DecidedBy { get; init; }

    public string? DecidedVia { get; init; }

    public string? Note { get; init; }

    public string? GrantId { get; init; }

    public DateTimeOffset? ConsumedAt { get; init; }

    public string? CallId { get; init; }

    public string? Outcome { get; init; }

    public static ApprovalDetails From(ApprovalRow row, bool isWhole) => new()
    {
        Id = row.Id,
        Status = row.State,
        Kind = row.Kind,
        Workspace = row.Workspace,
        Tool = row.Tool,
        Capability = row.Capability,
        Version = row.Version,
        CapabilityFingerprint = row.Fingerprint,
        RequestFingerprint = row.Binding.CallHash,
        Risk = row.Risk,
        Marks = row.Marks,
        Reasons = row.Reasons,
        AskedBy = row.Principal,
        Agent = row.Agent,
        Client = row.Client,
        Transport = row.Transport,
        Device = row.Device,
        Arguments = isWhole ? JsonSerializer.Deserialize<JsonElement>(row.Arguments) : null,
        EditedArguments = isWhole && row.EditedArguments is not null ? JsonSerializer.Deserialize<JsonElement>(row.EditedArguments) : null,
        EditedFingerprint = row.EditedBinding?.CallHash,
        Preview = row.Facts?.Preview,
        Files = row.Facts?.Files,
        NotBound = row.Facts?.Unbound,
        CreatedAt = row.CreatedAt,
        ExpiresAt = row.ExpiresAt,
        DecidedAt = row.DecidedAt,
        Decision = row.DecidedAs(),
        DecidedBy = row.DecidedBy,
        DecidedVia = row.DecidedVia,
        Note = row.Note,
        GrantId = row.GrantId,
        ConsumedAt = row.ConsumedAt,
        CallId = row.CallId,
        Outcome = row.Outcome,
    };
}
