using System.Net.Sockets;
using System.Text.Json;
using Miosa.Mcp.Transports.Stdio;

namespace Miosa.Mcp.Hosting;

/// <summary>Puts one question to a running host.</summary>
internal static class HostClient
{
    private const int LongestAnswer = 4 * 1024 * 1024;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>The host's answer; null when none answers.</summary>
    public static Task<HelloAnswer?> AskAsync(MiosaHome home, string question, CancellationToken cancellationToken) =>
        AskAsync(home, new Hello { Version = Hello.CurrentVersion, Control = question }, cancellationToken);

    /// <summary>The same for a question that has more to it than its name.</summary>
    public static async Task<HelloAnswer?> AskAsync(MiosaHome home, Hello question, CancellationToken cancellationToken, TimeSpan? longest = null)
    {
        using var limit = new CancellationTokenSource(longest ?? Limit, TimeProvider.System);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(home.SocketFile), both.Token);
            await using var stream = new NetworkStream(socket);
            using var writer = new LineWriter(stream);
            await writer.WriteAsync(question, HostJson.Default.Hello, both.Token);
            var answer = await new LineReader(stream, LongestAnswer).ReadAsync(both.Token);
            return answer is { } line ? JsonSerializer.Deserialize(line.Bytes.Span, HostJson.Default.HelloAnswer) : null;
        }
        catch (Exception e) when (e is SocketException or IOException or JsonException || (e is OperationCanceledException && limit.IsCancellationRequested))
        {
            return null;
        }
    }
}
