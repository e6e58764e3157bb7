using System.Text.Json;

namespace Miosa.Mcp.Receipts;

/// <summary>A receipt in a list.</summary>
internal sealed record ReceiptSummary
{
    public required string ReceiptId { get; init; }

    /// <summary>Its place: the number of the chain and of the receipt in it.</summary>
    public required string Place { get; init; }

    public required string Kind { get; init; }

    public required string At { get; init; }

    public required string Capability { get; init; }

    public required string CallId { get; init; }

    public required string Principal { get; init; }

    public string? Agent { get; init; }

    public string? Device { get; init; }

    public string? Decision { get; init; }

    public required string Status { get; init; }

    public string? Error { get; init; }

    public string? ApprovalId { get; init; }

    public static ReceiptSummary From(ReceiptRow row) => new()
    {
        ReceiptId = row.Id,
        Place = Cursor(row),
        Kind = row.Kind,
        At = row.At,
        Capability = row.Capability,
        CallId = row.CallId,
        Principal = row.Principal,
        Agent = row.Agent,
        Device = row.Device,
        Decision = row.Decision,
        Status = row.Status,
        Error = row.Error,
        ApprovalId = row.ApprovalId,
    };

    public static string Cursor(ReceiptRow row) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{row.Chain}.{row.Sequence}");
}

/// <summary>Some receipts, the latest first.</summary>
internal sealed record ReceiptPage
{
    public required int Count { get; init; }

    /// <summary>Pass as `cursor` for those before; absent at the first.</summary>
    public string? NextCursor { get; init; }

    public required IReadOnlyList<ReceiptSummary> Receipts { get; init; }
}

/// <summary>One receipt, whole.</summary>
internal sealed record ReceiptDetails
{
    public required string ReceiptId { get; init; }

    /// <summary>What the next receipt of the chain names.</summary>
    public required string Hash { get; init; }

    /// <summary>Where it stands in the workspace's folder of receipts.</summary>
    public required string File { get; init; }

    public required string NextStep { get; init; }

    public required JsonElement Receipt { get; init; }
}
