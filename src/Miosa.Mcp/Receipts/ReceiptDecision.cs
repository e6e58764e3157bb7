namespace Miosa.Mcp.Receipts;

/// <summary>What was decided about a call, for receipts of <see cref="ReceiptKind.Decision"/>.</summary>
internal enum ReceiptDecision
{
    Allow,

    /// <summary>A person has to answer first.</summary>
    Pending,

    Deny,
}
