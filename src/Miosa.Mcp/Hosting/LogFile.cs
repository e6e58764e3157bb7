namespace Miosa.Mcp.Hosting;

/// <summary>
/// A log file that starts over when it is full. A few full ones are kept: the newest is <c>….1</c>, the oldest goes.
/// </summary>
internal sealed class LogFile(string path, long maxBytes, int kept) : IDisposable
{
    private FileStream? _stream;

    public void Write(ReadOnlySpan<byte> line)
    {
        if (_stream is { } full && full.Length + line.Length > maxBytes)
            Roll();
        _stream ??= Open();
        _stream.Write(line);
    }

    public void Flush() => _stream?.Flush();

    public void Dispose() => _stream?.Dispose();

    private void Roll()
    {
        _stream?.Dispose();
        _stream = null;
        for (var number = kept - 1; number >= 1; number--)
        {
            if (File.Exists($"{path}.{number}"))
                File.Move($"{path}.{number}", $"{path}.{number + 1}", overwrite: true);
        }

        File.Move(path, $"{path}.1", overwrite: true);
    }

    private FileStream Open() => new(path, new FileStreamOptions
    {
        Mode = FileMode.Append,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite | FileShare.Delete,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });
}
