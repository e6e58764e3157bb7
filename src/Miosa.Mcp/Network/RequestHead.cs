using System.Buffers;
using System.Globalization;
using System.Text;

namespace Miosa.Mcp.Network;

/// <summary>
/// The first part of a request, read strictly: whatever two readers of HTTP are known to understand differently is
/// refused, so that nobody smuggles a second request past the decision about the first.
/// </summary>
internal sealed record RequestHead
{
    private const int MostFields = 100;
    private const int LongestMethod = 32;
    private static readonly SearchValues<byte> TokenBytes = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    public required string Method { get; init; }

    /// <summary>As it stands in the request line.</summary>
    public required string Target { get; init; }

    /// <summary>HTTP/1.1; the only other one is 1.0.</summary>
    public required bool IsHttp11 { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> Fields { get; init; }

    /// <summary>Bytes of the body; null where it comes in chunks or there is none.</summary>
    public long? ContentLength { get; private init; }

    public bool IsChunked { get; private init; }

    public string? Host { get; private init; }

    public bool HasBody => IsChunked || ContentLength > 0;

    /// <summary>Whether the sender will send another request on the same connection.</summary>
    public bool KeepsAlive => IsHttp11
        ? !Has("Connection", "close") && !Has("Proxy-Connection", "close")
        : Has("Connection", "keep-alive") || Has("Proxy-Connection", "keep-alive");

    public bool ExpectsContinue => Has("Expect", "100-continue");

    /// <summary>Whether a field has the word in its list.</summary>
    public bool Has(string name, string word) => Words(name).Contains(word, StringComparer.OrdinalIgnoreCase);

    /// <summary>The words of a field that is a list.</summary>
    public IEnumerable<string> Words(string name) =>
        All(name).SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    /// <param name="bytes">Up to and with the empty line.</param>
    /// <exception cref="BadRequestException">It is not beyond doubt.</exception>
    public static RequestHead Parse(ReadOnlySpan<byte> bytes)
    {
        var line = NextLine(ref bytes);
        var (method, target, isHttp11) = RequestLine(line);
        List<KeyValuePair<string, string>> fields = [];
        for (line = NextLine(ref bytes); !line.IsEmpty; line = NextLine(ref bytes))
        {
            if (fields.Count is MostFields)
                throw new BadRequestException("The request has too many header fields.");
            fields.Add(Field(line));
        }
        var head = new RequestHead { Method = method, Target = target, IsHttp11 = isHttp11, Fields = fields };
        return head.WithFraming();
    }

    private RequestHead WithFraming()
    {
        var isChunked = false;
        long? length = null;
        if (Single("Transfer-Encoding") is { } coding)
        {
            if (!IsHttp11 || !coding.Equals("chunked", StringComparison.OrdinalIgnoreCase))
                throw new BadRequestException("The body's Transfer-Encoding is not plainly `chunked`.");
            isChunked = true;
        }
        if (Single("Content-Length") is { } text)
        {
            if (isChunked)
                throw new BadRequestException("The request has both Content-Length and Transfer-Encoding.");
            if (text.Length is 0 or > 18 || !text.All(char.IsAsciiDigit))
                throw new BadRequestException("The Content-Length is no number.");
            length = long.Parse(text, CultureInfo.InvariantCulture);
        }
        var host = Single("Host");
        if (host is null && IsHttp11)
            throw new BadRequestException("The request has no Host.");
        return this with { IsChunked = isChunked, ContentLength = length, Host = host };
    }

    private IEnumerable<string> All(string name) => Fields.Where(field => field.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(field => field.Value);

    private string? Single(string name) => All(name).ToList() switch
    {
        [] => null,
        [var value] => value,
        _ => throw new BadRequestException($"The request has more than one {name}."),
    };

    private static (string Method, string Target, bool IsHttp11) RequestLine(ReadOnlySpan<byte> line)
    {
        if (Encoding.Latin1.GetString(line).Split(' ') is not [var method, var target, var version]
            || method.Length is 0 or > LongestMethod || Encoding.Latin1.GetBytes(method).AsSpan().IndexOfAnyExcept(TokenBytes) >= 0
            || target.Length is 0 || target.Any(c => c is <= ' ' or >= '\u007f'))
            throw new BadRequestException("The request line is not one of HTTP/1.1.");
        return version switch
        {
            "HTTP/1.1" => (method, target, true),
            "HTTP/1.0" => (method, target, false),
            _ => throw new BadRequestException("Only HTTP/1.1 is spoken here.", System.Net.HttpStatusCode.HttpVersionNotSupported),
        };
    }

    private static KeyValuePair<string, string> Field(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        // This also refuses a line that begins with a space, which once went on with the line before.
        if (colon <= 0 || line[..colon].IndexOfAnyExcept(TokenBytes) >= 0)
            throw new BadRequestException("A header field has no proper name.");
        var value = line[(colon + 1)..].Trim(" \t"u8);
        foreach (var b in value)
        {
            if (b is (< (byte)' ' and not (byte)'\t') or 0x7f)
                throw new BadRequestException("A header field holds a control character.");
        }
        return new(Encoding.ASCII.GetString(line[..colon]), Encoding.Latin1.GetString(value));
    }

    /// <summary>A line without its end, which is CR LF and nothing else.</summary>
    private static ReadOnlySpan<byte> NextLine(ref ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\r\n"u8);
        if (end < 0 || bytes[..end].ContainsAny((byte)'\r', (byte)'\n'))
            throw new BadRequestException("A line of the request does not end as lines do.");
        var line = bytes[..end];
        bytes = bytes[(end + 2)..];
        return line;
    }
}
