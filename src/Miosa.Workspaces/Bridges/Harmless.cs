using System.Text;

namespace Miosa.Workspaces.Bridges;

/// <summary>
/// Some runtimes run or read what a text names: !`command`, !{command}, @/a/file. A contract's folder may be written by
/// agents, so its words are made mere words, by a space of no width, which <see cref="Undo"/> takes out again.
/// </summary>
internal static class Harmless
{
    private const char Gap = '\u200B';

    public static string Make(string text)
    {
        if (!text.AsSpan().ContainsAny('!', '@'))
            return text;
        var made = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            // A fence with ! behind it is run as well.
            if (text[i] is '!' && i >= 3 && text.AsSpan(i - 3, 3) is "```")
                made.Append(Gap);
            made.Append(text[i]);
            if (i + 1 < text.Length && (text[i] is '!' && text[i + 1] is '`' or '{' || text[i] is '@' && text[i + 1] is '{' or '/' or '~' or '.'))
                made.Append(Gap);
        }
        return made.ToString();
    }

    public static string Undo(string text)
    {
        if (!text.Contains(Gap, StringComparison.Ordinal))
            return text;
        var undone = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var made = text[i] is Gap && i > 0 && i + 1 < text.Length
                && ((text[i - 1] is '!' && text[i + 1] is '`' or '{') || (text[i - 1] is '@' && text[i + 1] is '{' or '/' or '~' or '.') || (text[i - 1] is '`' && text[i + 1] is '!'));
            if (!made)
                undone.Append(text[i]);
        }
        return undone.ToString();
    }
}
