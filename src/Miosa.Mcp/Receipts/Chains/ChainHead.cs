namespace Miosa.Mcp.Receipts.Chains;

/// <summary>The end of a workspace's last chain, as somebody else remembers it.</summary>
internal sealed record ChainHead(int Chain, string ChainId, long Sequence);
