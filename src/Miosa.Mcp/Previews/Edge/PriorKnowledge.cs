using System.Buffers;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Miosa.Mcp.Previews.Edge;

/// <summary>
/// Lets clients speak HTTP/2 without TLS on the port where others speak HTTP/1.1, by looking at how they begin. Kestrel
/// takes the protocol only from a TLS handshake; to those who begin with HTTP/2 it is told as if there had been one.
/// </summary>
internal static class PriorKnowledge
{
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    public static async Task OnConnectionAsync(ConnectionContext connection, ConnectionDelegate next, TimeSpan patience, TimeProvider time)
    {
        if (await BeginsWithPrefaceAsync(connection, patience, time) is not { } isHttp2)
            return;
        if (isHttp2)
        {
            connection.Features.Set<ITlsConnectionFeature>(new NoHandshake());
            connection.Features.Set<ITlsApplicationProtocolFeature>(new NoHandshake());
        }
        await next(connection);
    }

    /// <summary>Null where the client said nothing in time.</summary>
    private static async Task<bool?> BeginsWithPrefaceAsync(ConnectionContext connection, TimeSpan patience, TimeProvider time)
    {
        using var late = new CancellationTokenSource(patience, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(late.Token, connection.ConnectionClosed);
        var input = connection.Transport.Input;
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(over.Token);
                var isPreface = Compare(read.Buffer);
                var isOver = read.IsCompleted || read.IsCanceled;
                // Nothing is consumed: the server reads it again.
                input.AdvanceTo(read.Buffer.Start, isPreface is null ? read.Buffer.End : read.Buffer.Start);
                if (isPreface is not null)
                    return isPreface;
                if (isOver)
                    return null;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            return null;
        }
    }

    /// <summary>Null while it could still become one.</summary>
    private static bool? Compare(ReadOnlySequence<byte> buffer)
    {
        Span<byte> start = stackalloc byte[Preface.Length];
        var length = (int)Math.Min(buffer.Length, Preface.Length);
        buffer.Slice(0, length).CopyTo(start);
        return !start[..length].SequenceEqual(Preface[..length]) ? false : length == Preface.Length ? true : null;
    }

    private sealed class NoHandshake : ITlsConnectionFeature, ITlsApplicationProtocolFeature
    {
        public X509Certificate2? ClientCertificate { get; set; }

        public ReadOnlyMemory<byte> ApplicationProtocol { get; } = "h2"u8.ToArray();

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult<X509Certificate2?>(null);
    }
}
