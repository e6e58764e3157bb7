using System.Net;
using System.Net.Sockets;
using Miosa.Devices;

namespace Miosa.Mcp.Services;

/// <summary>Asks a service whether it works, over the sandbox's own network. What answers is not trusted: only the status is read, and that in bounded time.</summary>
internal sealed class HealthProbe(LocalEngine engine, TimeProvider time)
{
    private const int LargestHeaderKiB = 16;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Null where it answers, else what is wrong.</summary>
    public async Task<string?> AskAsync(string sandboxId, ServiceSpec spec, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            if (spec.HealthPath is not { } path)
            {
                await using var connection = await engine.ConnectAsync(sandboxId, spec.Port!.Value, both.Token);
                return null;
            }
            var status = await StatusAsync(sandboxId, spec.Port!.Value, path, both.Token);
            return (int)status is >= 200 and < 400 ? null : $"{path} on port {spec.Port} answers with {(int)status}.";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"Port {spec.Port} did not answer within {Patience.TotalSeconds:0} s.";
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or SocketException or EngineException)
        {
            return $"Port {spec.Port} does not answer: {exception.GetBaseException().Message}";
        }
    }

    private async Task<HttpStatusCode> StatusAsync(string sandboxId, int port, string path, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            MaxResponseHeadersLength = LargestHeaderKiB,
            ConnectCallback = (_, token) => engine.ConnectAsync(sandboxId, port, token),
        };
        using var client = new HttpMessageInvoker(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://localhost:{port}{path}"));
        using var response = await client.SendAsync(request, cancellationToken);
        return response.StatusCode;
    }
}
