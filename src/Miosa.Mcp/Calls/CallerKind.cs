namespace Miosa.Mcp.Calls;

/// <summary>What stands behind a principal.</summary>
internal enum CallerKind
{
    /// <summary>A person, or an agent acting with that person's key or account.</summary>
    User,
}
