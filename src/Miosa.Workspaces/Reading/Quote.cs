using System.Globalization;

namespace Miosa.Workspaces.Reading;

/// <summary>Shows a stranger's text in a message: short, on one line, without control characters.</summary>
internal static class Quote
{
    private const int Most = 60;

    public static string Of(string text) => text.Length > Most ? $"`{Line(text[..Most])}…`" : $"`{Line(text)}`";

    /// <summary>The text on one line, without what moves a cursor or turns the direction of reading.</summary>
    public static string Line(string text) => string.Create(text.Length, text, static (span, text) =>
    {
        for (var i = 0; i < span.Length; i++)
            span[i] = char.IsControl(text[i]) || char.IsSurrogate(text[i]) || text[i] is '\u2028' or '\u2029' || char.GetUnicodeCategory(text[i]) is UnicodeCategory.Format ? '�' : text[i];
    });
}
