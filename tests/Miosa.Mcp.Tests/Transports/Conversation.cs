using System.Text;
using System.Text.Json.Nodes;

namespace Miosa.Mcp.Tests.Transports;

/// <summary>Lines said and heard on a stream, none waited for longer than a while.</summary>
internal sealed class Conversation(Stream stream) : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly StreamReader _reader = new(stream, Encoding.UTF8);

    public Stream Stream => stream;

    public async Task SayAsync(string line)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), TestContext.Current.CancellationToken);
        await stream.FlushAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The next line; null when the other side ended.</summary>
    public Task<string?> HearAsync() => _reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience);

    /// <summary>The answer with this id. What comes before it is passed over.</summary>
    public async Task<JsonObject> HearAnswerAsync(int id)
    {
        while (await HearAsync() is { } line)
        {
            var message = JsonNode.Parse(line)!.AsObject();
            if (message["id"]?.ToString() == $"{id}" && !message.ContainsKey("method"))
                return message;
        }

        throw new EndOfStreamException($"The other side ended before it answered {id}.");
    }

    public async Task<JsonObject> AskAsync(string line, int id)
    {
        await SayAsync(line);
        return await HearAnswerAsync(id);
    }

    public async ValueTask DisposeAsync()
    {
        _reader.Dispose();
        await stream.DisposeAsync();
    }
}
