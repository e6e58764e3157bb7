using System.Globalization;
using System.Text;

namespace Miosa.Mcp.Approvals;

/// <summary>
/// Text of an asker as a person can trust to see it: what would move the cursor, recolour, hide or turn around what is
/// read is written out instead.
/// </summary>
internal static class PlainText
{
    public static string Of(string text)
    {
        if (text.All(IsPlain))
            return text;
        var plain = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (IsPlain(c))
                plain.Append(c);
            else
                plain.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }
        return plain.ToString();
    }

    private static bool IsPlain(char c) => c is '\n' || char.IsSurrogate(c)
        || CharUnicodeInfo.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse);
}
