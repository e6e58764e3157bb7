using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Miosa.Mcp.Network;

/// <summary>What the proxy itself says to a program, which shows it to whoever reads its output.</summary>
/// <param name="Phrase">Stands in the first line, which is all of a refused tunnel that most programs show.</param>
/// <param name="Text">The whole of it.</param>
internal sealed record ProxyAnswer(HttpStatusCode Status, string Phrase, string Text)
{
    /// <summary>Tells a refusal or failure of ours from one of the host that was asked.</summary>
    private const string Header = "Miosa-Network";

    private const int MostLinger = 1024 * 1024;
    private static readonly TimeSpan LongestLinger = TimeSpan.FromSeconds(2);

    public static ProxyAnswer TooMany { get; } = new(
        HttpStatusCode.ServiceUnavailable, "Too many connections", "Miosa has too many network connections open at the moment; try again in a little while.");

    public static ProxyAnswer Bad(BadRequestException exception) => new(exception.Status, "Not a request that is taken", $"Miosa did not take the request: {exception.Message}");

    public static ProxyAnswer NoTarget(string shown, string reason) => new(HttpStatusCode.Forbidden, "Refused by Miosa", $"Miosa refused {shown}: {reason}.");

    public static ProxyAnswer NotReached(ProxyTarget target, string reason) => new(HttpStatusCode.BadGateway, $"Not reached: {reason}", $"Miosa did not reach {target}: {reason}.");

    /// <summary>Why a target may not be reached, and what can be done about it.</summary>
    public static ProxyAnswer To(ProxyTarget target, Verdict verdict) => verdict switch
    {
        Verdict.Refused { CanBeAsked: true } refused => new(
            HttpStatusCode.Forbidden, "Refused by the network policy of this sandbox; network_set changes it",
            $"Miosa refused {target}: {refused.Reason}. To allow it, call the tool network_set for this sandbox with allow [\"{Suggested(target)}\"] or with a wider preset; network_get shows what is allowed now."),
        Verdict.Refused refused => new(
            HttpStatusCode.Forbidden, "Refused: not an address of the internet",
            $"Miosa refused {target}: {refused.Reason}, which no policy of a sandbox opens. Only the operator of this host can, with Network:AllowPrivate in settings.json."),
        Verdict.Unreachable unreachable => NotReached(target, unreachable.Reason),
        _ => throw new InvalidOperationException("What passes needs no explanation."),
    };

    public async Task WriteAsync(NetworkStream client, TimeProvider time, CancellationToken cancellationToken)
    {
        var body = Encoding.UTF8.GetBytes(Text + "\n");
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {(int)Status} {Phrase}\r\n{Header}: {(Status is HttpStatusCode.Forbidden ? "refused" : "failed")}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n");
        await client.WriteAsync(Encoding.ASCII.GetBytes(head), cancellationToken);
        await client.WriteAsync(body, cancellationToken);
        await LingerAsync(client, time, cancellationToken);
    }

    private static string Suggested(ProxyTarget target) => HostPattern.IsWebPort(target.Port) ? target.Bracketed : target.ToString();

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
