using System.Text;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Processes;

namespace Miosa.Mcp.Templates;

/// <summary>
/// What a build prints: all of it, up to a bound, in a file, the last lines in memory, and the first parts as events.
/// What the bounds leave out is said in each of them.
/// </summary>
internal sealed class BuildLog : IAsyncDisposable
{
    private const int MostFileBytes = 8 << 20;
    private const int MostParts = 60;
    private const int PartLength = 3_000;
    private const int LongestLine = 500;
    private const int TailLines = 40;

    private readonly StreamWriter _file;
    private readonly Func<string, Task> _publish;
    private readonly Queue<string> _tail = new();
    private readonly StringBuilder _part = new();
    private long _written;
    private int _parts;

    /// <param name="publish">Is given the log in parts as it grows.</param>
    public BuildLog(string path, Func<string, Task> publish)
    {
        Path = path;
        _publish = publish;
        _file = new StreamWriter(new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }));
    }

    public string Path { get; }

    public IReadOnlyList<string> Tail => [.. _tail];

    /// <summary>Notes lines that somebody else wrote: whatever is in them, each is one line of text.</summary>
    public async Task AddAsync(string text)
    {
        foreach (var line in TerminalText.Clean(Encoding.UTF8.GetBytes(text)).Split('\n'))
        {
            var start = ResultBudget.Start(line, LongestLine);
            await AddLineAsync(start.Length < line.Length ? start + " …" : start);
        }
    }

    /// <summary>Brings out what has not been published yet.</summary>
    public async Task FlushAsync()
    {
        if (_part.Length is 0)
            return;
        var part = _part.ToString();
        _part.Clear();
        await _file.FlushAsync();
        if (++_parts < MostParts)
            await _publish(part);
        else if (_parts is MostParts)
            await _publish("(the rest of the log is in sandbox_template_get, as far as it is kept)\n");
    }

    public async ValueTask DisposeAsync()
    {
        await FlushAsync();
        await _file.DisposeAsync();
    }

    private async Task AddLineAsync(string line)
    {
        _tail.Enqueue(line);
        if (_tail.Count > TailLines)
            _tail.Dequeue();
        var room = MostFileBytes - _written;
        _written += line.Length + 1;
        if (room > 0)
            await _file.WriteLineAsync(_written < MostFileBytes ? line : "(the log is full; what follows was not kept)");
        _part.Append(line).Append('\n');
        if (_part.Length > PartLength)
            await FlushAsync();
    }
}
