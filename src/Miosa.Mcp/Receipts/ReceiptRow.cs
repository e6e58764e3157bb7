using System.Text.Json;
using Miosa.Mcp.Receipts.Format;

namespace Miosa.Mcp.Receipts;

/// <summary>What is asked of a receipt, and where in the files it stands.</summary>
internal sealed record ReceiptRow
{
    public required string Workspace { get; init; }

    public required int Chain { get; init; }

    public required long Sequence { get; init; }

    public required string Id { get; init; }

    public required string ChainId { get; init; }

    public required string Kind { get; init; }

    public required string At { get; init; }

    public required string CallId { get; init; }

    public required string Capability { get; init; }

    public required string Principal { get; init; }

    public string? Agent { get; init; }

    public string? Device { get; init; }

    public string? Decision { get; init; }

    public required string Status { get; init; }

    public string? Error { get; init; }

    public string? ApprovalId { get; init; }

    /// <summary>The file within the workspace's folder.</summary>
    public required string Segment { get; init; }

    public required long Position { get; init; }

    public required int Length { get; init; }

    /// <summary>Of the beginning of an execution whose end has no receipt yet.</summary>
    public required bool IsOpen { get; init; }

    /// <summary>Whether it ends what another began.</summary>
    public bool Ends => Kind is "completed" or "failed" or "interrupted";

    /// <summary>The row of a line that this host wrote.</summary>
    public static ReceiptRow From(string workspace, int chain, string segment, long position, ReadOnlySpan<byte> line)
    {
        var json = JsonElement.Parse(line);
        var subject = json.GetProperty("credentialSubject");
        var runtime = json.GetProperty("issuer").GetProperty("runtime");
        var ours = runtime.GetProperty("miosa");
        var kind = ours.GetProperty("kind").GetString()!;
        return new ReceiptRow
        {
            Workspace = workspace,
            Chain = chain,
            Sequence = subject.GetProperty("chain").GetProperty("sequence").GetInt64(),
            Id = json.GetProperty("id").GetString()!,
            ChainId = subject.GetProperty("chain").GetProperty("chain_id").GetString()!,
            Kind = kind,
            At = json.GetProperty("issuanceDate").GetString()!,
            CallId = subject.GetProperty("correlation_id").GetString()!,
            Capability = ours.GetProperty("capability").GetString()!,
            Principal = subject.GetProperty("principal").GetProperty("id").GetString()!,
            Agent = Optional(runtime, "agent_id"),
            Device = Optional(ours, "device"),
            Decision = Optional(ours, "decision"),
            Status = subject.GetProperty("outcome").GetProperty("status").GetString()!,
            Error = Optional(subject.GetProperty("outcome"), "error"),
            ApprovalId = Optional(ours, "approval_id"),
            Segment = segment,
            Position = position,
            Length = line.Length,
            IsOpen = kind == ReceiptWords.Word(ReceiptKind.Started),
        };
    }

    private static string? Optional(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;
}
