using System.Text.Json;

namespace Miosa.Mcp.Receipts;

/// <summary>A receipt and where it stands.</summary>
internal sealed record StoredReceipt(ReceiptRow Row, JsonElement Json);
