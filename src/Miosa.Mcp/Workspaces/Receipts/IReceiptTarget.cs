namespace Miosa.Mcp.Workspaces.Receipts;

/// <summary>A workspace's folder, as far as receipts are written there. Whoever else writes there is not trusted with where a path leads.</summary>
internal interface IReceiptTarget
{
    /// <summary>How long a file is; null where there is none.</summary>
    Task<long?> LengthAsync(string path, CancellationToken cancellationToken);

    /// <summary>Adds to the end of a file, which is made with its directories if it is not there.</summary>
    Task AppendAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Takes away what a file held.</summary>
    Task EmptyAsync(string path, CancellationToken cancellationToken);
}
