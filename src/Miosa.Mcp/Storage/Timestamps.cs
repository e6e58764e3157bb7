using System.Globalization;

namespace Miosa.Mcp.Storage;

/// <summary>Times as columns hold them: UTC in ISO 8601 of one length, so that they sort as text in every database.</summary>
internal static class Timestamps
{
    public static string ToText(DateTimeOffset time) => time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);

    public static DateTimeOffset FromText(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
