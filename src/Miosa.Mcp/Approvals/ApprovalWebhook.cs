using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Network;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Approvals;

/// <summary>Tells another program what becomes of requests, signed, at least once, and until it was taken or is too old.</summary>
internal sealed partial class ApprovalWebhook(DeliveryStore deliveries, ApprovalSignal signal, IOptions<ApprovalOptions> options, TimeProvider time, ILogger<ApprovalWebhook> logger) : BackgroundService
{
    public const string SignatureHeader = "Miosa-Signature";
    private const int MostAttempts = 15;
    private const int AtOnce = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>`t=…,v1=…`: the time, and the HMAC of the time, a dot and the body.</summary>
    public static string Signature(string secret, string body, DateTimeOffset at)
    {
        var t = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"t={t},v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{t}.{body}")))}";
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.Webhook is not { Url: { } url, SecretFile: { } secretFile })
            return;
        await Task.Yield();
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, ConnectCallback = ConnectAsync, PooledConnectionLifetime = TimeSpan.FromMinutes(1) }) { Timeout = Patience };
        while (!stoppingToken.IsCancellationRequested)
        {
            // Taken before the look, so that what is stored between look and wait still wakes.
            var changed = signal.Next;
            try
            {
                // What was tried is due no more, so this ends.
                IReadOnlyList<Delivery> due;
                do
                {
                    due = await deliveries.DueAsync(AtOnce, stoppingToken);
                    foreach (var delivery in due)
                        await DeliverAsync(client, new Uri(url), secretFile, delivery, stoppingToken);
                }
                while (due.Count == AtOnce);
            }
            catch (StorageException exception)
            {
                LogStorage(exception);
            }
            await changed.WaitAsync(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task DeliverAsync(HttpClient client, Uri url, string secretFile, Delivery delivery, CancellationToken cancellationToken)
    {
        try
        {
            var secret = (await File.ReadAllTextAsync(secretFile, cancellationToken)).Trim();
            if (secret.Length is 0)
                throw new IOException($"{secretFile} is empty.");
            using var message = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(delivery.Body, Encoding.UTF8, "application/json") };
            message.Headers.TryAddWithoutValidation(SignatureHeader, Signature(secret, delivery.Body, time.GetUtcNow()));
            using var answer = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (answer.IsSuccessStatusCode)
            {
                await deliveries.DoneAsync(delivery.Id, cancellationToken);
                return;
            }
            LogRefused(delivery.Type, (int)answer.StatusCode);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or UnauthorizedAccessException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            LogFailed(delivery.Type, exception.InnerException?.Message ?? exception.Message);
        }
        if (delivery.Attempts + 1 >= MostAttempts)
        {
            LogGivenUp(delivery.Type, delivery.Id, MostAttempts);
            await deliveries.DoneAsync(delivery.Id, cancellationToken);
            return;
        }
        await deliveries.LaterAsync(delivery.Id, TimeSpan.FromSeconds(Math.Min(3600, 10 * Math.Pow(2, delivery.Attempts))), cancellationToken);
    }

    /// <summary>Connects to an address that was looked at, and to no other that the name may have a moment later.</summary>
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var host = context.DnsEndPoint.Host;
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken);
        var allowed = options.Value.Webhook.AllowPrivate ? addresses : [.. addresses.Where(address => AddressKinds.Problem(address) is null)];
        if (allowed.Length is 0)
            throw new HttpRequestException("The webhook's host has no public address (Approvals:Webhook:AllowPrivate allows others).");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The webhook did not take {Type}: it answered {Status}")]
    private partial void LogRefused(string type, int status);

    [LoggerMessage(LogLevel.Warning, "The webhook could not be told {Type}: {Reason}")]
    private partial void LogFailed(string type, string reason);

    [LoggerMessage(LogLevel.Error, "The webhook is told {Type} {Id} no more: it did not take it {Attempts} times. The journal has it")]
    private partial void LogGivenUp(string type, string id, int attempts);

    [LoggerMessage(LogLevel.Warning, "What the webhook is to be told could not be read; it is tried again")]
    private partial void LogStorage(Exception exception);
}
