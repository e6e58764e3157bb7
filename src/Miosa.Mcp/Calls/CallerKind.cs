namespace Miosa.Mcp.Calls;

/// <summary>What stands behind a principal.</summary>
internal enum CallerKind
{
    /// <summary>Somebody with the host's own account on this machine, as the kernel says.</summary>
    Local,

    /// <summary>A key of one person, or of the client that the person gave it to.</summary>
    User,

    /// <summary>A key of somebody who looks after others.</summary>
    Admin,

    /// <summary>A key of a program that serves people of its own.</summary>
    Platform,

    /// <summary>A token that a key, or another token, made for less than it may do itself.</summary>
    Delegated,

    /// <summary>The host itself, for a visitor of a preview, say. It calls no tools.</summary>
    Host,
}
