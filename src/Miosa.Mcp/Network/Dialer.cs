using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Options;

namespace Miosa.Mcp.Network;

/// <summary>Makes the connection that was decided on.</summary>
internal sealed class Dialer(IOptions<NetworkOptions> options, TimeProvider time)
{
    private const int LongestAnswer = 16 * 1024;

    /// <exception cref="NotReachedException">It was not made; the message says why.</exception>
    public async Task<NetworkStream> ConnectAsync(Passage passage, Verdict verdict, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(options.Value.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            switch (verdict)
            {
                case Verdict.Direct direct:
                    var stream = await ConnectAsync(direct.Addresses, passage.Target.Port, either.Token);
                    passage.Address = ((IPEndPoint)stream.Socket.RemoteEndPoint!).Address;
                    return stream;
                case Verdict.Upstream upstream:
                    return await TunnelAsync(upstream, passage.Target, either.Token);
                default:
                    throw new InvalidOperationException("What may not be reached is not dialled.");
            }
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            throw new NotReachedException("it did not answer in time");
        }
    }

    private static async Task<NetworkStream> ConnectAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellationToken)
    {
        SocketException? last = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException exception)
            {
                socket.Dispose();
                // What every machine without IPv6 says of it tells nothing of the host.
                if (last is null || exception.SocketErrorCode is not SocketError.NetworkUnreachable)
                    last = exception;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw new NotReachedException(last?.SocketErrorCode is SocketError.ConnectionRefused ? "it refused the connection" : "it cannot be reached", last);
    }

    private static async Task<NetworkStream> TunnelAsync(Verdict.Upstream upstream, ProxyTarget target, CancellationToken cancellationToken)
    {
        // Named by the operator, so no rule applies to its own address.
        var stream = await ConnectAsync(await Dns.GetHostAddressesAsync(upstream.Proxy.DnsSafeHost, cancellationToken), upstream.Proxy.Port, cancellationToken);
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{Authorization(upstream)}\r\n"), cancellationToken);
            var status = await ReadStatusAsync(stream, cancellationToken);
            return status is >= 200 and < 300 ? stream : throw new NotReachedException(string.Create(CultureInfo.InvariantCulture, $"this machine's own proxy refused it with status {status}"));
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private static string Authorization(Verdict.Upstream upstream) =>
        upstream.Credentials?.GetCredential(upstream.Proxy, "Basic") is { } credential
            ? $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.UserName}:{credential.Password}"))}\r\n"
            : "";

    /// <summary>Reads the answer byte by byte, so that nothing of what follows it is taken along.</summary>
    private static async Task<int> ReadStatusAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        List<byte> answer = [];
        var one = new byte[1];
        while (answer.Count < LongestAnswer && !(answer.Count >= 4 && answer[^1] is (byte)'\n' && answer[^3] is (byte)'\n'))
        {
            if (await stream.ReadAsync(one, cancellationToken) is 0)
                break;
            answer.Add(one[0]);
        }
        return Encoding.ASCII.GetString([.. answer]).Split(' ') is [['H', 'T', 'T', 'P', '/', ..], var code, ..] && int.TryParse(code.AsSpan(0, Math.Min(3, code.Length)), CultureInfo.InvariantCulture, out var status)
            ? status
            : throw new NotReachedException("this machine's own proxy gave an answer that is none");
    }
}
