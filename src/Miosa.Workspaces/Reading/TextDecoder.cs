using System.Text;

namespace Miosa.Workspaces.Reading;

/// <summary>Bytes to text. Everything has a text; what was odd about it is told.</summary>
internal static class TextDecoder
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text, and what was odd.</summary>
    public static (string Text, TextOddity Oddity) Decode(ReadOnlySpan<byte> bytes, bool isCut = false)
    {
        if (bytes.StartsWith("\uFEFF"u8))
            return Utf8(bytes[3..], isCut, TextOddity.ByteOrderMark);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
            return Clean(Encoding.Unicode.GetString(bytes[2..]), TextOddity.Utf16);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return Clean(Encoding.BigEndianUnicode.GetString(bytes[2..]), TextOddity.Utf16);
        if (!bytes.Contains((byte)0))
            return Utf8(bytes, isCut, TextOddity.None);
        // UTF-16 without a mark: in Latin text every second byte is 0.
        var (even, odd) = Zeros(bytes);
        var half = Math.Min(bytes.Length, 4096) / 2;
        if (odd > half * 0.7 && even < half * 0.1)
            return Clean(Encoding.Unicode.GetString(bytes), TextOddity.Utf16);
        if (even > half * 0.7 && odd < half * 0.1)
            return Clean(Encoding.BigEndianUnicode.GetString(bytes), TextOddity.Utf16);
        return even + odd > Math.Min(bytes.Length, 4096) / 10
            ? ("", TextOddity.Binary)
            : (Utf8(bytes, isCut, TextOddity.None).Text.Replace('\0', '\uFFFD'), TextOddity.Zeros);
    }

    private static (string Text, TextOddity Oddity) Utf8(ReadOnlySpan<byte> bytes, bool isCut, TextOddity oddity)
    {
        // A cut may go through a character.
        for (var back = 0; isCut && back < 3 && bytes.Length > 0 && (bytes[^1] & 0x80) != 0; back++)
            bytes = bytes[..^1];
        try
        {
            return (Strict.GetString(bytes), oddity);
        }
        catch (DecoderFallbackException)
        {
            return (Encoding.Latin1.GetString(bytes), TextOddity.NotUtf8);
        }
    }

    private static (string Text, TextOddity Oddity) Clean(string text, TextOddity oddity) => (text.Replace('\0', '\uFFFD'), oddity);

    private static (int Even, int Odd) Zeros(ReadOnlySpan<byte> bytes)
    {
        int even = 0, odd = 0;
        for (var i = 0; i < bytes.Length && i < 4096; i++)
        {
            if (bytes[i] != 0)
                continue;
            if (i % 2 is 0)
                even++;
            else
                odd++;
        }
        return (even, odd);
    }
}

/// <summary>What is odd about the bytes of a text.</summary>
internal enum TextOddity
{
    None,
    ByteOrderMark,
    Utf16,

    /// <summary>Taken as Latin-1.</summary>
    NotUtf8,

    /// <summary>A text with some NUL characters, which were replaced.</summary>
    Zeros,

    /// <summary>No text at all.</summary>
    Binary,
}
