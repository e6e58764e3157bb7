namespace Miosa.Mcp.Receipts.Format;

/// <summary>Where a receipt hangs: the chain, its place, and the hash of the one before; null at the beginning.</summary>
internal sealed record ReceiptLink(string ChainId, long Sequence, string? Previous);
