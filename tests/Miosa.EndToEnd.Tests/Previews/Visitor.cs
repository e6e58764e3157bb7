using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests.Previews;

/// <summary>Somebody with a browser, or what is left of one: names below `localhost` are this machine, and cookies are kept by hand.</summary>
internal sealed class Visitor : IDisposable
{
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        ConnectCallback = ConnectAsync,
        UseCookies = false,
        AllowAutoRedirect = false,
        UseProxy = false,
        MaxConnectionsPerServer = 1000,
        EnableMultipleHttp2Connections = true,
        RequestHeaderEncodingSelector = static (_, _) => System.Text.Encoding.Latin1,
    });

    /// <summary>Sent with every request.</summary>
    public string? Cookie { get; set; }

    public Version Version { get; set; } = HttpVersion.Version11;

    /// <summary>Opens a link as a browser does, and keeps the cookie.</summary>
    public static async Task<Visitor> EnterAsync(Uri openUrl)
    {
        var visitor = new Visitor();
        using var answer = await visitor.OpenAsync(openUrl);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        visitor.TakeCookie(answer);
        return visitor;
    }

    public void TakeCookie(HttpResponseMessage answer) => Cookie = answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];

    /// <summary>Follows a link.</summary>
    public Task<HttpResponseMessage> OpenAsync(Uri url) => SendAsync(new HttpRequestMessage(HttpMethod.Get, url) { Headers = { { "Accept", "text/html,*/*" }, { "Sec-Fetch-Mode", "navigate" } } });

    public Task<HttpResponseMessage> GetAsync(Uri url, params IReadOnlyList<(string Name, string Value)> headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return SendAsync(request);
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => SendAsync(request, TestContext.Current.CancellationToken);

    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Version = Version;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        if (Cookie is not null && !request.Headers.Contains("Cookie"))
            request.Headers.Add("Cookie", Cookie);
        return await _http.SendAsync(request, cancellationToken).WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
    }

    public async Task<string> TextAsync(Uri url)
    {
        using var answer = await GetAsync(url);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    public async Task<JsonObject> JsonAsync(Uri url, params IReadOnlyList<(string Name, string Value)> headers)
    {
        using var answer = await GetAsync(url, headers);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject();
    }

    public async Task<ClientWebSocket> SocketAsync(Uri url, string? origin = null, string? protocol = null)
    {
        var socket = new ClientWebSocket();
        socket.Options.HttpVersion = Version;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        if (Cookie is not null)
            socket.Options.SetRequestHeader("Cookie", Cookie);
        if (origin is not null)
            socket.Options.SetRequestHeader("Origin", origin);
        if (protocol is not null)
            socket.Options.AddSubProtocol(protocol);
        try
        {
            await socket.ConnectAsync(new UriBuilder(url) { Scheme = "ws" }.Uri, _http, TestContext.Current.CancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>A connection to the edge at which everything is said by hand.</summary>
    public static async Task<Stream> ConnectAsync(Uri url, IPAddress? from = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (from is not null)
            socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, url.Port), TestContext.Current.CancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, context.DnsEndPoint.Port), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>What is said over a WebSocket.</summary>
internal static class WebSocketSpeech
{
    extension(WebSocket socket)
    {
        public async Task<string> AskAsync(string text)
        {
            await socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken);
            return await socket.HearAsync();
        }

        public async Task<string> HearAsync()
        {
            var buffer = new byte[65536];
            var heard = await socket.ReceiveAsync(buffer.AsMemory(), TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            return System.Text.Encoding.UTF8.GetString(buffer, 0, heard.Count);
        }

        /// <summary>Waits until the other side is gone, however it went.</summary>
        public async Task EndsAsync()
        {
            try
            {
                var buffer = new byte[1024];
                while ((await socket.ReceiveAsync(buffer.AsMemory(), TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)).MessageType is not WebSocketMessageType.Close)
                    Assert.NotEqual(WebSocketState.Closed, socket.State);
            }
            catch (WebSocketException)
            {
                // Cut off.
            }
        }
    }
}
