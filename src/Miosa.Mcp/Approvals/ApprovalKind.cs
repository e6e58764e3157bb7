namespace Miosa.Mcp.Approvals;

/// <summary>What is asked for.</summary>
internal enum ApprovalKind
{
    /// <summary>To make one exact call.</summary>
    Call,

    /// <summary>To let a contract allow more than was accepted before.</summary>
    Policy,
}
