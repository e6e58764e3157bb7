using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Miosa.Mcp.Network;

/// <summary>What the proxy itself says to a program, in words that the program will show to whoever reads its output.</summary>
internal static class ProxyAnswer
{
    /// <summary>A refusal in one word, for programs.</summary>
    private const string Header = "Miosa-Network";

    private static readonly TimeSpan LongestLinger = TimeSpan.FromSeconds(2);
    private const int MostLinger = 1024 * 1024;

    public static Task WriteAsync(NetworkStream client, HttpStatusCode status, string text, TimeProvider time, CancellationToken cancellationToken) =>
        WriteAsync(client, status, status is HttpStatusCode.Forbidden ? "refused" : "failed", text, time, cancellationToken);

    /// <summary>Why a target was not reached, and what can be done about it.</summary>
    public static (HttpStatusCode Status, string Text) Explain(ProxyTarget target, Verdict verdict) => verdict switch
    {
        Verdict.Refused { CanBeAsked: true } refused => (HttpStatusCode.Forbidden,
            $"Miosa refused {target}: {refused.Reason}. To allow it, call the tool network_set for this sandbox with allow [\"{Suggested(target)}\"] or with a wider preset; network_get shows what is allowed now."),
        Verdict.Refused refused => (HttpStatusCode.Forbidden,
            $"Miosa refused {target}: {refused.Reason}, which no policy of a sandbox opens. Only the operator of this host can, with Network:AllowPrivate in settings.json."),
        Verdict.Unreachable unreachable => (HttpStatusCode.BadGateway, $"Miosa did not reach {target}: {unreachable.Reason}."),
        _ => throw new InvalidOperationException("What passes needs no explanation."),
    };

    private static string Suggested(ProxyTarget target) => HostPattern.IsWebPort(target.Port) ? target.Bracketed : target.ToString();

    private static async Task WriteAsync(NetworkStream client, HttpStatusCode status, string word, string text, TimeProvider time, CancellationToken cancellationToken)
    {
        var body = Encoding.UTF8.GetBytes(text + "\n");
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {(int)status} {word}\r\n{Header}: {word}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n");
        await client.WriteAsync(Encoding.ASCII.GetBytes(head), cancellationToken);
        await client.WriteAsync(body, cancellationToken);
        await LingerAsync(client, time, cancellationToken);
    }

    /// <summary>Takes what is still being sent: closing over unread bytes would take the answer from the reader.</summary>
    private static async Task LingerAsync(NetworkStream client, TimeProvider time, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(LongestLinger, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        client.Socket.Shutdown(SocketShutdown.Send);
        var buffer = new byte[8 * 1024];
        try
        {
            for (var left = MostLinger; left > 0;)
            {
                var read = await client.ReadAsync(buffer, either.Token);
                if (read is 0)
                    return;
                left -= read;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // It had its time.
        }
    }
}
