namespace Miosa.Mcp.Receipts;

/// <summary>What a receipt is for.</summary>
internal enum ReceiptKind
{
    /// <summary>Whether a call may be made, as the host or a person answered.</summary>
    Decision,

    /// <summary>An execution begins. Recorded before it does, so that a host that dies in between leaves the beginning.</summary>
    Started,

    Completed,

    Failed,

    /// <summary>It had started and the host ended before it did. Whether it had its effect is not known.</summary>
    Interrupted,

    /// <summary>From the next receipt on another key signs. Only this feature writes it.</summary>
    KeyRotated,

    /// <summary>The chain ends here on purpose. Only this feature writes it.</summary>
    Closed,
}
