namespace Miosa.Mcp.Receipts.Format;

/// <summary>A signed receipt as the line that is stored, without its end, and what is said about it elsewhere.</summary>
internal sealed record SealedReceipt(Receipt Receipt, ReceiptDraft Draft, DateTimeOffset IssuedAt, byte[] Line);
