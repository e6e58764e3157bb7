using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Miosa.Mcp.Network;

/// <summary>
/// Passes on one plain HTTP request and its answer. Both are taken apart and written anew, so that what arrives is
/// what was decided on: one request, for this host.
/// </summary>
internal sealed class HttpExchange(ClientReader reader, NetworkStream client, Dialer dialer, Passage passage)
{
    private const int LongestHeadKilobytes = 64;
    private const int PieceBytes = 32 * 1024;
    private static readonly byte[] Continue = Encoding.ASCII.GetBytes("HTTP/1.1 100 Continue\r\n\r\n");

    /// <summary>What belongs to one connection and is not passed on to the next.</summary>
    private static readonly HashSet<string> OfTheConnection = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Expect", "Host", "Content-Length", "HTTP2-Settings",
    };

    /// <returns>Whether the program may send another request.</returns>
    public async Task<bool> RunAsync(RequestHead head, string path, Verdict verdict)
    {
        passage.Touch();
        using var request = Request(head, path);
        var body = head.IsChunked || head.ContentLength is not null ? new RequestBody(reader, head.ContentLength, passage.CountSent) : null;
        request.Content = body;
        if (body is not null)
            request.Headers.TransferEncodingChunked = head.IsChunked;
        CopyFields(head, request);
        if (head is { ExpectsContinue: true, HasBody: true, IsHttp11: true })
            await client.WriteAsync(Continue, passage.End);

        using var handler = Handler(verdict);
        using var invoker = new HttpMessageInvoker(handler);
        using var response = await SendAsync(invoker, request);
        var keepsAlive = head.KeepsAlive && (response.Content.Headers.ContentLength is not null || head.IsHttp11 || !HasBody(head, response));
        await WriteAsync(head, response, keepsAlive);
        return keepsAlive && body is not { IsRead: false };
    }

    private HttpRequestMessage Request(RequestHead head, string path) => new(
        new HttpMethod(head.Method),
        // As it was written: a proxy has no business making a path nicer.
        new Uri($"http://{passage.Target}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))
    {
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private static void CopyFields(RequestHead head, HttpRequestMessage request)
    {
        var ofTheConnection = head.Words("Connection").ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in head.Fields.Where(field => !OfTheConnection.Contains(field.Key) && !ofTheConnection.Contains(field.Key)))
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content?.Headers.TryAddWithoutValidation(name, value);
        }
    }

    private SocketsHttpHandler Handler(Verdict verdict)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = false,
            MaxResponseHeadersLength = LongestHeadKilobytes,
            ResponseDrainTimeout = TimeSpan.Zero,
            // Nothing of ours is added to what a program says.
            ActivityHeadersPropagator = null,
        };
        if (verdict is Verdict.Upstream upstream)
        {
            handler.Proxy = new WebProxy(upstream.Proxy) { Credentials = upstream.Credentials };
            handler.UseProxy = true;
        }
        else
        {
            handler.ConnectCallback = async (_, cancellationToken) => await dialer.ConnectAsync(passage, verdict, cancellationToken);
        }
        return handler;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMessageInvoker invoker, HttpRequestMessage request)
    {
        try
        {
            return await invoker.SendAsync(request, passage.End);
        }
        catch (HttpRequestException exception) when (exception.GetBaseException() is BadRequestException bad)
        {
            throw new BadRequestException(bad.Message, bad.Status);
        }
        catch (HttpRequestException exception)
        {
            throw exception.InnerException as NotReachedException ?? new NotReachedException("its answer was no HTTP, or broke off", exception);
        }
    }

    private static bool HasBody(RequestHead head, HttpResponseMessage response) =>
        head.Method is not "HEAD" && response.StatusCode is not (HttpStatusCode.NoContent or HttpStatusCode.NotModified);

    private async Task WriteAsync(RequestHead head, HttpResponseMessage response, bool keepsAlive)
    {
        var length = response.Content.Headers.ContentLength;
        var hasBody = HasBody(head, response);
        var inChunks = hasBody && length is null && head.IsHttp11;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {(int)response.StatusCode} {response.ReasonPhrase}\r\n");
        var ofTheConnection = response.Headers.Connection.ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
        {
            if (OfTheConnection.Contains(name) || ofTheConnection.Contains(name))
                continue;
            foreach (var value in values)
                text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }
        if (length is not null && response.StatusCode is not HttpStatusCode.NoContent)
            text.Append(CultureInfo.InvariantCulture, $"Content-Length: {length}\r\n");
        if (inChunks)
            text.Append("Transfer-Encoding: chunked\r\n");
        text.Append(keepsAlive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
        await client.WriteAsync(Encoding.Latin1.GetBytes(text.ToString()), passage.End);
        if (hasBody)
            await CopyAsync(await response.Content.ReadAsStreamAsync(passage.End), inChunks);
    }

    private async Task CopyAsync(Stream body, bool inChunks)
    {
        var buffer = new byte[PieceBytes];
        while (await body.ReadAsync(buffer, passage.End) is > 0 and var read)
        {
            passage.CountReceived(read);
            if (inChunks)
                await client.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{read:x}\r\n")), passage.End);
            await client.WriteAsync(buffer.AsMemory(0, read), passage.End);
            if (inChunks)
                await client.WriteAsync("\r\n"u8.ToArray(), passage.End);
        }
        if (inChunks)
            await client.WriteAsync("0\r\n\r\n"u8.ToArray(), passage.End);
    }
}
