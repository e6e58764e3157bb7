namespace Miosa.Mcp.Receipts.Verification;

/// <summary>What is wrong with a chain at the first place where something is.</summary>
internal enum BreakKind
{
    /// <summary>No receipt, or one that the format does not allow.</summary>
    Malformed,

    /// <summary>Not what was signed.</summary>
    Edited,

    Removed,
    Reordered,
    Duplicated,

    /// <summary>Of another chain, moved into this one.</summary>
    OtherChain,

    OtherIssuer,

    /// <summary>Signed by a key that the chain does not know at that place.</summary>
    UnknownKey,

    BadRotation,

    /// <summary>It does not name the one before it: one of the two was replaced.</summary>
    BrokenLink,

    AfterTerminal,

    /// <summary>The end is missing: somebody remembers more.</summary>
    TailCut,

    /// <summary>Whole in itself, but not what somebody remembers: history was written again.</summary>
    Rewritten,

    /// <summary>No receipt of it is signed by the key that was asked for.</summary>
    Untrusted,

    /// <summary>A chain that an anchor names is not there.</summary>
    ChainMissing,
}
