using System.Numerics;

namespace Miosa.Mcp.Receipts.Signing;

/// <summary>Base58 with Bitcoin's alphabet, which `did:key` is written in.</summary>
internal static class Base58
{
    private const string Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    private const int Longest = 128;

    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        var number = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        Span<char> text = stackalloc char[Longest];
        var at = Longest;
        while (number > 0)
        {
            number = BigInteger.DivRem(number, 58, out var digit);
            text[--at] = Alphabet[(int)digit];
        }
        for (var i = 0; i < bytes.Length && bytes[i] is 0; i++)
            text[--at] = '1';
        return new string(text[at..]);
    }

    /// <summary>The bytes; null where it is not base58 or far too long.</summary>
    public static byte[]? TryDecode(ReadOnlySpan<char> text)
    {
        if (text.Length > Longest)
            return null;
        var number = BigInteger.Zero;
        foreach (var c in text)
        {
            var digit = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (digit < 0)
                return null;
            number = (number * 58) + digit;
        }
        var zeros = text.IndexOfAnyExcept('1') is var first and >= 0 ? first : text.Length;
        var rest = number.IsZero ? [] : number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[zeros], .. rest];
    }
}
