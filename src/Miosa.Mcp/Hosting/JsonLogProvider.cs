using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Miosa.Mcp.Hosting;

/// <summary>
/// Writes each log entry as one JSON object to a file, off the caller's path. When entries come faster than the disk
/// takes them, the newest are dropped and counted: a host must not stop for its log.
/// </summary>
internal sealed class JsonLogProvider : ILoggerProvider, IAsyncDisposable
{
    private const int Waiting = 4096;
    private const long FileBytes = 16 * 1024 * 1024;
    private const int FilesKept = 4;

    private readonly Channel<byte[]> _entries = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(Waiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly LogFile _file;
    private readonly Task _writing;
    private readonly TimeProvider _time;
    private long _dropped;

    public JsonLogProvider(string path, TimeProvider time)
    {
        _time = time;
        _file = new LogFile(path, FileBytes, FilesKept);
        _writing = Task.Run(WriteAsync);
    }

    public ILogger CreateLogger(string categoryName) => new JsonLogger(categoryName, this);

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        _entries.Writer.TryComplete();
        await _writing;
        _file.Dispose();
    }

    private void Add(byte[] entry)
    {
        if (!_entries.Writer.TryWrite(entry))
            Interlocked.Increment(ref _dropped);
    }

    private async Task WriteAsync()
    {
        while (await _entries.Reader.WaitToReadAsync())
        {
            try
            {
                while (_entries.Reader.TryRead(out var entry))
                    _file.Write(entry);
                if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
                    _file.Write(JsonLogger.Encode(_time, LogLevel.Warning, nameof(JsonLogProvider), $"{dropped} log entries were dropped", default, [], null));
                _file.Flush();
            }
            catch (IOException)
            {
                // A full disk: the entry is lost, the host goes on, and the next entry tries again.
            }
        }
    }

    private sealed class JsonLogger(string category, JsonLogProvider provider) : ILogger
    {
        private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is not LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            provider.Add(Encode(provider._time, logLevel, category, formatter(state, exception), eventId, state as IReadOnlyList<KeyValuePair<string, object?>> ?? [], exception));

        public static byte[] Encode(
            TimeProvider time, LogLevel level, string category, string message, EventId id, IReadOnlyList<KeyValuePair<string, object?>> values, Exception? exception)
        {
            var buffer = new ArrayBufferWriter<byte>(512);
            using (var json = new Utf8JsonWriter(buffer, Json))
            {
                json.WriteStartObject();
                json.WriteString("at", time.GetUtcNow());
                json.WriteString("level", level.ToString());
                json.WriteString("source", category);
                if (id.Name is not null)
                    json.WriteString("event", id.Name);
                json.WriteString("message", message);
                foreach (var (name, value) in values.Where(v => !string.Equals(v.Key, "{OriginalFormat}", StringComparison.Ordinal)))
                    json.WriteString(name, Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture));
                if (exception is not null)
                    json.WriteString("exception", exception.ToString());
                json.WriteEndObject();
            }

            buffer.Write("\n"u8);
            return buffer.WrittenSpan.ToArray();
        }
    }
}
