using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Miosa.Mcp.Network;

/// <summary>One connection of a program in a sandbox to its proxy: requests one after another, or one tunnel.</summary>
internal sealed class ClientConnection(NetworkStream client, SandboxProxy proxy)
{
    private static readonly byte[] Established = Encoding.ASCII.GetBytes("HTTP/1.1 200 Connection established\r\n\r\n");
    private readonly ClientReader _reader = new(client);

    public async Task ServeAsync(CancellationToken ended)
    {
        try
        {
            while (await ReadHeadAsync(ended) is { } head && await ServeAsync(head, ended))
            {
                // One after another, as long as both sides want.
            }
        }
        catch (BadRequestException exception)
        {
            await TryAnswerAsync(ProxyAnswer.Bad(exception), ended);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            // The program went, the host ends, or it was cut; there is nobody to tell.
        }
    }

    /// <summary>Says that there are too many connections already.</summary>
    public Task TurnAwayAsync(CancellationToken ended) => TryAnswerAsync(ProxyAnswer.TooMany, ended);

    private async Task<RequestHead?> ReadHeadAsync(CancellationToken ended)
    {
        using var late = new CancellationTokenSource(proxy.Options.RequestTimeout, proxy.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ended);
        return await _reader.ReadHeadAsync(either.Token);
    }

    /// <returns>Whether another request may follow.</returns>
    private Task<bool> ServeAsync(RequestHead head, CancellationToken ended) => head.Method is "CONNECT" ? TunnelAsync(head, ended) : ForwardAsync(head, ended);

    private async Task<bool> TunnelAsync(RequestHead head, CancellationToken ended)
    {
        if (head.HasBody)
            throw new BadRequestException("CONNECT has no body.");
        var target = await TargetAsync(head.Target, defaultPort: null, ended);
        if (target is null)
            return false;
        if (head.Host is not null && ProxyTarget.Parse(head.Host, target.Port) != target)
            throw new BadRequestException("The Host is not the one that CONNECT names.");
        return await OverPassageAsync(
            target,
            async (passage, verdict) =>
            {
                await using var origin = await proxy.Dialer.ConnectAsync(passage, verdict, passage.End);
                await client.WriteAsync(Established, passage.End);
                await Tunnel.RunAsync(_reader, client, origin, passage);
                return false;
            },
            ended);
    }

    private async Task<bool> ForwardAsync(RequestHead head, CancellationToken ended)
    {
        // Answered with the request as it arrived, by this machine's own proxy with the password that is meant for that proxy.
        if (head.Method.Equals("TRACE", StringComparison.OrdinalIgnoreCase))
            throw new BadRequestException("TRACE is not passed on.", HttpStatusCode.MethodNotAllowed);
        const string scheme = "http://";
        if (!head.Target.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            throw new BadRequestException(head.Target.StartsWith('/') ? "This is a proxy: it takes CONNECT and whole addresses (http://…), and serves nothing itself." : "Only http:// addresses are taken so; for https, CONNECT.");
        var rest = head.Target[scheme.Length..];
        var slash = rest.AsSpan().IndexOfAny('/', '?');
        var authority = slash < 0 ? rest : rest[..slash];
        if (rest.Contains('#', StringComparison.Ordinal))
            throw new BadRequestException("An address in a request has no fragment.");
        var target = await TargetAsync(authority, defaultPort: 80, ended);
        if (target is null)
            return false;
        if (head.Host is not null && ProxyTarget.Parse(head.Host, defaultPort: 80) != target)
            throw new BadRequestException("The Host is not the one that the address names.");
        var path = slash < 0 ? "/" : rest[slash] is '?' ? "/" + rest[slash..] : rest[slash..];
        return await OverPassageAsync(target, (passage, verdict) => new HttpExchange(_reader, client, proxy.Dialer, passage).RunAsync(head, path, verdict), ended);
    }

    /// <summary>Where the request goes; null where that is no place, which was then answered and noted.</summary>
    private async Task<ProxyTarget?> TargetAsync(string authority, int? defaultPort, CancellationToken ended)
    {
        if (ProxyTarget.Parse(authority, defaultPort) is { } target)
            return target;
        const int longest = 100;
        // Some programs write a name and a password before the host, which are not for the journal.
        var place = authority[(authority.LastIndexOf('@') + 1)..];
        var shown = place.Length <= longest ? place : place[..longest] + "…";
        const string reason = "it is no host and port in the usual form";
        await proxy.Log.NoteAsync(new NetworkEvent(NetworkEvent.Refused, shown, 0, null, reason));
        await proxy.SlowDownAsync(ended);
        await ProxyAnswer.NoTarget(shown, reason).WriteAsync(client, proxy.Time, ended);
        return null;
    }

    /// <summary>Asks whether the target may be reached; does the work if so, and tells the program why if not.</summary>
    private async Task<bool> OverPassageAsync(ProxyTarget target, Func<Passage, Verdict, Task<bool>> work, CancellationToken ended)
    {
        var passage = proxy.Begin(target);
        var isOpen = false;
        try
        {
            var verdict = await proxy.DecideAsync(passage);
            if (verdict is Verdict.Direct or Verdict.Upstream)
            {
                isOpen = true;
                return await work(passage, verdict);
            }
            await proxy.SlowDownAsync(ended);
            await ProxyAnswer.To(target, verdict).WriteAsync(client, proxy.Time, ended);
            return false;
        }
        catch (NotReachedException exception)
        {
            isOpen = false;
            await proxy.Log.NoteAsync(new NetworkEvent(NetworkEvent.Failed, target.Host, target.Port, null, exception.Message));
            await ProxyAnswer.NotReached(target, exception.Message).WriteAsync(client, proxy.Time, ended);
            return false;
        }
        finally
        {
            await proxy.EndAsync(passage, isOpen);
        }
    }

    private async Task TryAnswerAsync(ProxyAnswer answer, CancellationToken ended)
    {
        try
        {
            await answer.WriteAsync(client, proxy.Time, ended);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            // It did not wait for an answer.
        }
    }
}
