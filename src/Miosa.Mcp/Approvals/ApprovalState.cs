namespace Miosa.Mcp.Approvals;

/// <summary>Where a request stands. Only a pending one is decided, only an approved one is consumed, and neither twice.</summary>
internal enum ApprovalState
{
    Pending,
    Approved,
    Denied,
    RevisionRequested,

    /// <summary>Nobody answered, or nobody made the call, in time. That is neither a yes nor a no.</summary>
    Expired,

    /// <summary>What it was about is no longer so.</summary>
    Voided,

    /// <summary>The call was made, once.</summary>
    Consumed,
}
