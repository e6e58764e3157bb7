using Miosa.Mcp.Receipts.Format;

namespace Miosa.Mcp.Receipts.Chains;

/// <summary>What one write added to a file of a workspace's receipts.</summary>
/// <param name="Workspace">Whose they are.</param>
/// <param name="Chain">The number of the chain; 0 where it is the file of anchors.</param>
/// <param name="ChainId">The chain.</param>
/// <param name="Path">The file within the workspace's folder of receipts, such as `0001/000000001.jsonl`.</param>
/// <param name="Offset">Where in the file it begins: a copy whose length is another has missed something.</param>
/// <param name="Bytes">Whole lines.</param>
/// <param name="Receipts">The receipts.</param>
internal sealed record WrittenReceipts(string Workspace, int Chain, string ChainId, string Path, long Offset, ReadOnlyMemory<byte> Bytes, IReadOnlyList<SealedReceipt> Receipts);
