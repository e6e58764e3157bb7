using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Miosa.Mcp.Transports.Stdio;

/// <summary>Writes whole lines to a stream, one writer at a time, each line in one piece.</summary>
internal sealed class LineWriter(Stream stream) : IDisposable
{
    // What a large answer grew it to is given back; ordinary answers reuse it.
    private const int KeptBytes = 256 * 1024;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private ArrayBufferWriter<byte> _buffer = new(4096);

    public async Task WriteAsync<T>(T value, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            _buffer.ResetWrittenCount();
            using (var json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = type.Options.Encoder, SkipValidation = true }))
                JsonSerializer.Serialize(json, value, type);
            await WriteBufferAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task WriteAsync(string line, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            _buffer.ResetWrittenCount();
            Encoding.UTF8.GetBytes(line, _buffer);
            await WriteBufferAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            _buffer.ResetWrittenCount();
            _buffer.Write(line.Span);
            await WriteBufferAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async ValueTask WriteBufferAsync(CancellationToken cancellationToken)
    {
        _buffer.Write("\n"u8);
        await stream.WriteAsync(_buffer.WrittenMemory, cancellationToken);
        await stream.FlushAsync(cancellationToken);
        if (_buffer.Capacity > KeptBytes)
            _buffer = new ArrayBufferWriter<byte>(4096);
    }
}
