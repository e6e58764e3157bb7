using System.Globalization;
using System.Text;

namespace Miosa.Mcp.Calls;

/// <summary>
/// Text of somebody else as a person can trust to see it: what would move the cursor, recolour, hide or turn around what
/// is read is written out instead.
/// </summary>
internal static class PlainText
{
    /// <summary>As many lines as it has.</summary>
    public static string Of(string text) => Write(text, rune => rune.Value is '\n' || IsPlain(rune));

    /// <summary>One line, whatever it holds: nobody writes a second one under another's name.</summary>
    public static string Line(string text) => Write(text, IsPlain);

    /// <summary>Whether it is one line that is seen as it is.</summary>
    public static bool IsLine(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (!IsPlain(rune))
                return false;
        }
        return true;
    }

    private static string Write(string text, Func<Rune, bool> isPlain)
    {
        var plain = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            plain.Append(isPlain(rune) ? rune.ToString() : rune.IsBmp ? $"\\u{rune.Value:x4}" : $"\\U{rune.Value:x8}");
        }
        return plain.ToString();
    }

    // Those that turn text around, and those of no width, are formats.
    private static bool IsPlain(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
