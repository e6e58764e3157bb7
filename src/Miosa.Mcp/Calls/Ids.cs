using System.Security.Cryptography;

namespace Miosa.Mcp.Calls;

/// <summary>Names for things: a prefix that says what it is, and a ULID, so that they sort by age.</summary>
internal static class Ids
{
    public const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    public const int TimeLength = 10;
    private const int RandomLength = 16;
    public const int Length = TimeLength + RandomLength;

    public static string New(string prefix, TimeProvider time)
    {
        Span<byte> random = stackalloc byte[10];
        RandomNumberGenerator.Fill(random);
        return Format(prefix, time.GetUtcNow().ToUnixTimeMilliseconds(), random);
    }

    /// <summary>The text of a ULID: 48 bits of time, 80 of randomness, five to a character.</summary>
    public static string Format(string prefix, long milliseconds, ReadOnlySpan<byte> random)
    {
        Span<char> text = stackalloc char[TimeLength + RandomLength];
        for (var i = TimeLength - 1; i >= 0; i--, milliseconds >>= 5)
            text[i] = Alphabet[(int)(milliseconds & 31)];
        for (var half = 0; half < 2; half++)
        {
            ulong bits = 0;
            foreach (var b in random.Slice(half * 5, 5))
                bits = (bits << 8) | b;
            for (var i = 7; i >= 0; i--, bits >>= 5)
                text[TimeLength + (half * 8) + i] = Alphabet[(int)(bits & 31)];
        }
        return $"{prefix}_{text}";
    }
}
