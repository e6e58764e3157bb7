using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Miosa.Mcp.Calls;

/// <summary>JSON in the one form of RFC 8785, so that equal values have equal hashes.</summary>
internal static class CanonicalJson
{
    /// <summary>`sha256:` and the hash of the canonical form.</summary>
    public static string Hash(JsonElement value) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Write(value))))}";

    public static string Write(JsonElement value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return text.ToString();
    }

    private static void Write(JsonElement value, StringBuilder text)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var first = true;
                text.Append('{');
                // By UTF-16 units, as the RFC sorts; ordinal comparison of .NET strings is that.
                foreach (var property in value.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal))
                {
                    if (!first)
                        text.Append(',');
                    first = false;
                    WriteString(property.Name, text);
                    text.Append(':');
                    Write(property.Value, text);
                }
                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                // One after the other: to find one by its index, JsonElement begins at the first each time.
                var item = 0;
                foreach (var element in value.EnumerateArray())
                {
                    if (item++ > 0)
                        text.Append(',');
                    Write(element, text);
                }
                text.Append(']');
                break;
            case JsonValueKind.String:
                WriteString(value.GetString()!, text);
                break;
            case JsonValueKind.Number:
                text.Append(Number(value.GetDouble()));
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
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

    private static void WriteString(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }
        text.Append('"');
    }
}
