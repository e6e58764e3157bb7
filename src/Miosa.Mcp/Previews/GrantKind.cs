namespace Miosa.Mcp.Previews;

/// <summary>What opens a private preview.</summary>
internal enum GrantKind
{
    /// <summary>A signed token, `mp_`, for a day at most.</summary>
    Token,

    /// <summary>A random token, `ms_`, to be handed on; for as long as its maker wants, with a password if he wants.</summary>
    Share,
}
