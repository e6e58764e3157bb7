namespace Miosa.Mcp.Receipts;

/// <summary>Writes receipts: signed, and each chained to the one before it in its workspace.</summary>
internal sealed class ReceiptService
{
    /// <summary>Signs and stores a receipt; when this returns it survives the end of this process.</summary>
    /// <exception cref="Storage.StorageException">It could not be stored; what it was for should not be done.</exception>
    public Task<Receipt> RecordAsync(ReceiptDraft draft, CancellationToken cancellationToken) => throw new NotSupportedException();
}
