using System.Buffers;

namespace Miosa.Workspaces.Reading;

/// <summary>A file's text, and where its lines begin.</summary>
internal sealed class SourceText
{
    private static readonly SearchValues<char> Breaks = SearchValues.Create('\n', '\r');
    private readonly List<int> _lines = [0];

    public SourceText(string path, string text)
    {
        Path = path;
        Text = text;
        for (var i = 0; text.AsSpan(i).IndexOfAny(Breaks) is >= 0 and var next; _lines.Add(i))
        {
            i += next;
            i += text[i] is '\r' && i + 1 < text.Length && text[i + 1] is '\n' ? 2 : 1;
        }
    }

    public string Path { get; }
    public string Text { get; }
    public int LineCount => _lines.Count;

    /// <summary>Where a line begins, counted from 0.</summary>
    public int LineStart(int line) => line < _lines.Count ? _lines[line] : Text.Length;

    /// <summary>A line without its break, counted from 0.</summary>
    public ReadOnlySpan<char> Line(int line) => Text.AsSpan(_lines[line]..LineStart(line + 1)).TrimEnd("\r\n");

    /// <summary>Line and column, counted from 1.</summary>
    public (int Line, int Column) Locate(int at)
    {
        var index = LineOf(at);
        return (index + 1, Math.Clamp(at, 0, Text.Length) - _lines[index] + 1);
    }

    /// <summary>The line a place is on, counted from 0.</summary>
    public int LineOf(int at)
    {
        var index = _lines.BinarySearch(Math.Clamp(at, 0, Text.Length));
        return index >= 0 ? index : ~index - 1;
    }
}
