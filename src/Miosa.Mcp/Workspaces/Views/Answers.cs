using System.Globalization;

namespace Miosa.Mcp.Workspaces.Views;

/// <summary>What the answers of this feature have in common.</summary>
internal static class Answers
{
    /// <summary>Characters of text, as JSON writes them, that leave room for the fields around it.</summary>
    public const int Text = 5_500;

    public static string? More(TextPage page) => page.NextCursor is null ? null : string.Create(CultureInfo.InvariantCulture, $"{page.Left} characters follow: call again with next_cursor as cursor.");
}
