using System.Buffers;
using System.Text;

namespace Miosa.Mcp.Transports.Http;

/// <summary>A value in a header that may hold text no header can: then it is wrapped as <c>=?base64?…?=</c>.</summary>
internal static class HeaderText
{
    private const string Begin = "=?base64?";
    private const string End = "?=";

    private static readonly SearchValues<char> Visible = SearchValues.Create([.. Enumerable.Range(0x20, 0x7F - 0x20).Select(c => (char)c), '\t']);

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text that was meant, or null when the header is not well formed.</summary>
    public static string? Decode(string? header)
    {
        var value = header?.Trim();
        if (value is null || value.AsSpan().ContainsAnyExcept(Visible))
            return null;
        if (!value.StartsWith(Begin, StringComparison.OrdinalIgnoreCase) || !value.EndsWith(End, StringComparison.Ordinal) || value.Length < Begin.Length + End.Length)
            return value;
        try
        {
            return Strict.GetString(Convert.FromBase64String(value[Begin.Length..^End.Length]));
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            return null;
        }
    }
}
