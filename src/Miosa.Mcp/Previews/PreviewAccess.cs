namespace Miosa.Mcp.Previews;

/// <summary>Who may see a preview.</summary>
internal enum PreviewAccess
{
    /// <summary>Whoever holds a token of it.</summary>
    Private,

    /// <summary>Whoever reaches the edge and knows the name.</summary>
    Public,
}
