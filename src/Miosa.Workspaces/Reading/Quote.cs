namespace Miosa.Workspaces.Reading;

/// <summary>Shows a stranger's text in a message: short, on one line, without control characters.</summary>
internal static class Quote
{
    private const int Most = 60;

    public static string Of(string text)
    {
        var shown = string.Create(Math.Min(text.Length, Most), text, static (span, text) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = char.IsControl(text[i]) || char.IsSurrogate(text[i]) || text[i] is '\u2028' or '\u2029' || char.GetUnicodeCategory(text[i]) is System.Globalization.UnicodeCategory.Format ? '�' : text[i];
        });
        return text.Length > Most ? $"`{shown}…`" : $"`{shown}`";
    }
}
