namespace Miosa.Mcp.Calls;

/// <summary>What a capability does to the world.</summary>
internal enum Risk
{
    /// <summary>Changes nothing.</summary>
    Read,

    /// <summary>Changes something that can be changed back.</summary>
    Write,

    /// <summary>Takes something away for good.</summary>
    Destructive,
}

/// <summary>When a person is asked before it is done.</summary>
internal enum ApprovalClass
{
    Never,

    /// <summary>When the workspace's policy says so.</summary>
    Policy,

    Always,
}
