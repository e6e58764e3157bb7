using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Miosa.Mcp.Calls;

/// <summary>
/// JSON in the one form of RFC 8785, so that equal values have equal hashes. What has no one meaning (a name twice, half
/// of a surrogate pair, a whole number that no double holds, no end of depth) is refused: two values must never share a hash.
/// </summary>
internal static class CanonicalJson
{
    /// <summary>Deeper than any parser of ours goes by default, and far from the end of a stack.</summary>
    public const int MostDepth = 128;

    private const int HashLength = 7 + (2 * SHA256.HashSizeInBytes);

    /// <summary>Whole numbers of so many digits are doubles, and are written as they are.</summary>
    private const int SafeDigits = 15;

    private static readonly SearchValues<char> Escaped = SearchValues.Create([.. Enumerable.Range(0, ' ').Select(c => (char)c), '"', '\\']);

    /// <summary>`sha256:` and the hash of the canonical form.</summary>
    public static string Hash(JsonElement value)
    {
        var text = new ArrayBufferWriter<byte>(512);
        Write(value, text);
        return Hash(text.WrittenSpan);
    }

    /// <summary>`sha256:` and the hash of these bytes.</summary>
    public static string Hash(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        Span<char> text = stackalloc char[HashLength];
        "sha256:".CopyTo(text);
        Convert.TryToHexStringLower(hash, text[7..], out _);
        return new string(text);
    }

    public static string Write(JsonElement value)
    {
        var text = new ArrayBufferWriter<byte>(512);
        Write(value, text);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <exception cref="ArgumentException">It has no canonical form.</exception>
    public static void Write(JsonElement value, IBufferWriter<byte> text) => Write(value, text, depth: 1);

    /// <summary>A text as a JSON string, quotes included.</summary>
    public static void WriteString(ReadOnlySpan<char> value, IBufferWriter<byte> text)
    {
        text.Write("\""u8);
        while (value.IndexOfAny(Escaped) is var at and >= 0)
        {
            WritePlain(value[..at], text);
            text.Write(Escape(value[at]));
            value = value[(at + 1)..];
        }
        WritePlain(value, text);
        text.Write("\""u8);
    }

    /// <summary>Whether a number means what a double means: a whole number that would be rounded is somebody's id, and not equal to its neighbour.</summary>
    public static bool IsExact(JsonElement number)
    {
        var raw = JsonMarshal.GetRawUtf8Value(number);
        if (IsSmallWhole(raw))
            return true;
        var value = number.GetDouble();
        return double.IsFinite(value) && (raw.IndexOfAny(".eE"u8) >= 0 || Digits(raw).SequenceEqual(Digits(Encoding.UTF8.GetBytes(Plain(value)))));
    }

    /// <summary>A number as ECMAScript writes it: the shortest digits that read back, plain up to 21 of them.</summary>
    internal static string Number(double value)
    {
        if (!double.IsFinite(value))
            throw new ArgumentException("JSON has no infinity and no NaN.", nameof(value));
        if (value is 0)
            return "0";
        // "R" gives the shortest digits; only where the exponent begins differs.
        var (digits, exponent) = Split(Math.Abs(value).ToString("R", CultureInfo.InvariantCulture));
        var sign = value < 0 ? "-" : "";
        var n = exponent + 1;
        var k = digits.Length;
        if (k <= n && n <= 21)
            return sign + digits + new string('0', n - k);
        if (n is > 0 and <= 21)
            return $"{sign}{digits[..n]}.{digits[n..]}";
        if (n is > -6 and <= 0)
            return $"{sign}0.{new string('0', -n)}{digits}";
        var e = n - 1;
        var mantissa = k is 1 ? digits : $"{digits[0]}.{digits[1..]}";
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{mantissa}e{(e < 0 ? "-" : "+")}{Math.Abs(e)}");
    }

    private static void Write(JsonElement value, IBufferWriter<byte> text, int depth)
    {
        if (depth > MostDepth)
            throw new ArgumentException($"It goes deeper than {MostDepth} objects and lists.", nameof(value));
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(value, text, depth);
                break;
            case JsonValueKind.Array:
                text.Write("["u8);
                // One after the other: to find one by its index, JsonElement begins at the first each time.
                var item = 0;
                foreach (var element in value.EnumerateArray())
                {
                    if (item++ > 0)
                        text.Write(","u8);
                    Write(element, text, depth + 1);
                }
                text.Write("]"u8);
                break;
            case JsonValueKind.String:
                WriteString(value, text);
                break;
            case JsonValueKind.Number:
                WriteNumber(value, text);
                break;
            case JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null:
                text.Write(JsonMarshal.GetRawUtf8Value(value));
                break;
            default:
                throw new ArgumentException("There is no value.", nameof(value));
        }
    }

    private static void WriteObject(JsonElement value, IBufferWriter<byte> text, int depth)
    {
        var count = value.GetPropertyCount();
        var names = ArrayPool<string>.Shared.Rent(count);
        var values = ArrayPool<JsonElement>.Shared.Rent(count);
        try
        {
            var i = 0;
            var sorted = true;
            foreach (var property in value.EnumerateObject())
            {
                names[i] = Name(property);
                values[i] = property.Value;
                sorted &= i is 0 || string.CompareOrdinal(names[i - 1], names[i]) < 0;
                i++;
            }
            // By UTF-16 units, as the RFC sorts; ordinal comparison of .NET strings is that.
            if (!sorted)
                Array.Sort(names, values, 0, count, StringComparer.Ordinal);
            text.Write("{"u8);
            for (i = 0; i < count; i++)
            {
                if (i > 0)
                {
                    if (!sorted && string.Equals(names[i - 1], names[i], StringComparison.Ordinal))
                        throw new ArgumentException("An object has a name twice.", nameof(value));
                    text.Write(","u8);
                }
                WriteString(names[i], text);
                text.Write(":"u8);
                Write(values[i], text, depth + 1);
            }
            text.Write("}"u8);
        }
        finally
        {
            ArrayPool<string>.Shared.Return(names, clearArray: true);
            ArrayPool<JsonElement>.Shared.Return(values, clearArray: true);
        }
    }

    private static string Name(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException exception)
        {
            throw new ArgumentException("A name is no text: half of a surrogate pair, or bytes that are not UTF-8.", nameof(property), exception);
        }
    }

    private static void WriteString(JsonElement value, IBufferWriter<byte> text)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value);
        // Without an escape it is canonical already: what must be escaped cannot stand in it, and the rest must not be.
        if (raw.IndexOf((byte)'\\') < 0 && Utf8.IsValid(raw))
        {
            text.Write(raw);
            return;
        }
        try
        {
            WriteString(value.GetString(), text);
        }
        catch (InvalidOperationException exception)
        {
            throw new ArgumentException("A text holds half of a surrogate pair, or bytes that are not UTF-8.", nameof(value), exception);
        }
    }

    private static void WriteNumber(JsonElement value, IBufferWriter<byte> text)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value);
        if (IsSmallWhole(raw))
            text.Write(raw);
        else if (IsExact(value))
            WritePlain(Number(value.GetDouble()), text);
        else
            throw new ArgumentException("A number is beyond what a double holds exactly; send it as a string.", nameof(value));
    }

    /// <summary>Up to fifteen digits, and not -0, which is written without its sign.</summary>
    private static bool IsSmallWhole(ReadOnlySpan<byte> raw)
    {
        var digits = raw[0] is (byte)'-' ? raw[1..] : raw;
        return digits.Length <= SafeDigits && digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0 && !raw.SequenceEqual("-0"u8);
    }

    /// <summary>What is left of a whole number without its sign and its last zeros.</summary>
    private static ReadOnlySpan<byte> Digits(ReadOnlySpan<byte> number) => (number[0] is (byte)'-' ? number[1..] : number).TrimEnd((byte)'0');

    /// <summary>The shortest digits of a whole number, without a point and an exponent; as many zeros follow as its size needs.</summary>
    private static string Plain(double value) => value is 0 ? "0" : Split(Math.Abs(value).ToString("R", CultureInfo.InvariantCulture)).Digits;

    /// <summary>The digits without leading and trailing zeros, and the power of ten of the first.</summary>
    private static (string Digits, int Exponent) Split(string text)
    {
        var parts = text.Split('E');
        var power = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0;
        var point = parts[0].IndexOf('.', StringComparison.Ordinal);
        var digits = parts[0].Replace(".", "", StringComparison.Ordinal);
        var exponent = (point < 0 ? digits.Length : point) - 1 + power;
        var leading = digits.Length - digits.TrimStart('0').Length;
        return (digits.Trim('0'), exponent - leading);
    }

    private static void WritePlain(ReadOnlySpan<char> value, IBufferWriter<byte> text)
    {
        while (value.Length > 0)
        {
            var space = text.GetSpan(Math.Min(value.Length, 1024) * 3);
            var status = Utf8.FromUtf16(value, space, out var read, out var written, replaceInvalidSequences: false);
            text.Advance(written);
            value = value[read..];
            if (status is OperationStatus.InvalidData || (status is OperationStatus.NeedMoreData && value.Length > 0))
                throw new ArgumentException("A text holds half of a surrogate pair.", nameof(value));
        }
    }

    private static ReadOnlySpan<byte> Escape(char c) => c switch
    {
        '"' => "\\\""u8,
        '\\' => "\\\\"u8,
        '\b' => "\\b"u8,
        '\f' => "\\f"u8,
        '\n' => "\\n"u8,
        '\r' => "\\r"u8,
        '\t' => "\\t"u8,
        _ => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}")),
    };
}
