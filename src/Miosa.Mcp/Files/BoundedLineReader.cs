using System.Text;

namespace Miosa.Mcp.Files;

/// <summary>Reads lines of a text that may have one of any length: of each, no more than the bound is held.</summary>
internal sealed class BoundedLineReader(TextReader reader, int longest)
{
    private readonly char[] _buffer = new char[16 * 1024];
    private int _at;
    private int _filled;

    /// <summary>Whether the line last read was longer than the bound.</summary>
    public bool WasCut { get; private set; }

    /// <summary>The next line without its end, or null at the end of the text.</summary>
    public async ValueTask<string?> ReadAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var any = false;
        WasCut = false;
        while (true)
        {
            if (_at == _filled)
            {
                _filled = await reader.ReadAsync(_buffer, cancellationToken);
                _at = 0;
                if (_filled is 0)
                    return any ? Finish(line) : null;
            }
            any = true;
            var rest = _buffer.AsMemory(_at, _filled - _at);
            var end = rest.Span.IndexOf('\n');
            var part = end < 0 ? rest : rest[..end];
            var room = Math.Max(0, longest - line.Length);
            WasCut |= part.Length > room;
            line.Append(part[..Math.Min(room, part.Length)]);
            _at += part.Length;
            if (end >= 0)
            {
                _at++;
                return Finish(line);
            }
        }
    }

    private static string Finish(StringBuilder line) =>
        line.Length > 0 && line[^1] == '\r' ? line.ToString(0, line.Length - 1) : line.ToString();
}
