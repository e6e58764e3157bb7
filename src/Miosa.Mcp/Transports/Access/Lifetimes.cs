using System.Globalization;

namespace Miosa.Mcp.Transports.Access;

/// <summary>How long a key lasts, as people write it: <c>90d</c>, <c>12h</c>, <c>30m</c>, seconds, or <c>never</c> for one that does not end.</summary>
internal static class Lifetimes
{
    /// <summary>False when it is none of these. Null seconds stand for never.</summary>
    public static bool TryParse(string text, out long? seconds)
    {
        seconds = null;
        if (text is "never")
            return true;
        var unit = text.Length is 0 ? 0 : text[^1] switch { 'd' => 86_400, 'h' => 3600, 'm' => 60, 's' => 1, >= '0' and <= '9' => 1, _ => 0 };
        var number = text.Length > 0 && char.IsAsciiDigit(text[^1]) ? text : text[..Math.Max(0, text.Length - 1)];
        if (unit is 0 || number.Length is 0 or > 9 || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            return false;
        seconds = count * unit;
        return true;
    }
}
