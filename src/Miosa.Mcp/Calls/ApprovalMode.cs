namespace Miosa.Mcp.Calls;

/// <summary>When a person is asked. What a contract says and this host does not know is <see cref="Unknown"/>, and refuses.</summary>
internal enum ApprovalMode
{
    Unknown,

    /// <summary>Only what a rule or the capability itself asks for.</summary>
    Auto,

    /// <summary>What destroys, spends, publishes, sends, makes costly devices or touches credentials.</summary>
    ConfirmRisky,

    /// <summary>Everything that is not a read.</summary>
    Manual,
}
