using System.Text;
using System.Text.RegularExpressions;

namespace Miosa.Mcp.Processes;

/// <summary>
/// Turns what a program wrote for a terminal into text: invalid UTF-8 becomes U+FFFD, escape sequences and control
/// characters go, and of a line rewritten with carriage returns the last state stays.
/// </summary>
internal static partial class TerminalText
{
    /// <summary>The share of bytes that are not text from which on output counts as binary.</summary>
    private const double BinaryShare = 0.1;

    public static string Clean(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        text = EscapeSequence().Replace(text, "").Replace("\r\n", "\n", StringComparison.Ordinal);
        return WithoutControls(Rewritten(text));
    }

    /// <summary>Whether showing it as text would tell nothing.</summary>
    public static bool IsBinary(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Contains((byte)0))
            return true;
        var invalid = 0;
        for (var rest = bytes; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf8(rest, out _, out var length) is System.Buffers.OperationStatus.InvalidData)
                invalid += length;
            rest = rest[length..];
        }
        return invalid > bytes.Length * BinaryShare;
    }

    /// <summary>Where a cut at <paramref name="index"/> would split a character, the start of that character.</summary>
    public static int CharacterStart(ReadOnlySpan<byte> bytes, int index)
    {
        var start = index;
        while (start > 0 && start < bytes.Length && index - start < 3 && (bytes[start] & 0xC0) == 0x80)
            start--;
        return start;
    }

    private static string Rewritten(string text)
    {
        if (!text.Contains('\r', StringComparison.Ordinal))
            return text;
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd('\r');
            lines[i] = line[(line.LastIndexOf('\r') + 1)..];
        }
        return string.Join('\n', lines);
    }

    private static string WithoutControls(string text)
    {
        if (!text.Any(IsUnwanted))
            return text;
        var kept = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (!IsUnwanted(c))
                kept.Append(c);
        }
        return kept.ToString();
    }

    private static bool IsUnwanted(char c) => char.IsControl(c) && c is not ('\n' or '\t');

    // CSI, OSC and the other string sequences (ended by BEL or ST, or cut off), then the two-character ones.
    [GeneratedRegex(@"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-~]|\u009b[0-?]*[ -/]*[@-~]", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex EscapeSequence();
}
