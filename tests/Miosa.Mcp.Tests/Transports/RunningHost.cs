using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Transports.Access;
using Miosa.Mcp.Transports.Http;
using ModelContextProtocol.Client;

namespace Miosa.Mcp.Tests.Transports;

/// <summary>The real host in this process: real Kestrel, real socket, a home of its own, and tools made for tests.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HostLock _held;
    private readonly bool _ownsHome;
    private bool _disposed;

    private RunningHost(WebApplication app, HostLock held, MiosaHome home, bool ownsHome, string? url, string key)
    {
        _app = app;
        _held = held;
        _ownsHome = ownsHome;
        Home = home;
        Url = new Uri(url ?? "http://none.invalid");
        Key = key;
        Http = NewClient(key);
    }

    public MiosaHome Home { get; }

    public Uri Url { get; }

    public string Key { get; }

    public AccessKeys Keys => _app.Services.GetRequiredService<AccessKeys>();

    /// <summary>A client that sends the key.</summary>
    public HttpClient Http { get; }

    public ProbeTools.Board Board => _app.Services.GetRequiredService<ProbeTools.Board>();

    public IServiceProvider Services => _app.Services;

    public static async Task<RunningHost> StartAsync(MiosaHome? home = null, HttpLimits? limits = null, Func<ServeOptions, ServeOptions>? options = null, string? key = null, TimeProvider? time = null, Server? server = null)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var ownsHome = home is null;
        home ??= new MiosaHome(Directory.CreateTempSubdirectory("mh-").FullName);
        home.Create();
        var held = await HostLock.TryTakeAsync(home, TimeProvider.System, cancellationToken) ?? throw new InvalidOperationException("The home is held.");
        var state = new HostState(held, new HostIdentity { Pid = Environment.ProcessId, StartedAt = TimeProvider.System.GetUtcNow(), Version = Server.Version });
        held.Write(state.Identity);
        var serve = new ServeOptions { Http = HttpEndpoint.TryParse("127.0.0.1:0")! };
        var app = HostApplication.Build(home, state, options?.Invoke(serve) ?? serve, server ?? new Server(ProbeTools.Add, static _ => { }), builder =>
        {
            if (time is not null)
                builder.Services.AddSingleton(time);
            if (limits is not null)
                builder.Services.AddSingleton(limits);
        });
        await app.StartAsync(cancellationToken);
        var url = HostApplication.HttpUrl(app.Services);
        if (url is not null)
            state.ListensAt(url);
        return new RunningHost(app, held, home, ownsHome, url, key ?? await app.Services.GetRequiredService<AccessKeys>().ReplaceAsync(cancellationToken));
    }

    public HttpClient NewClient(string? key)
    {
        var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 400 }) { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(30) };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>One POST to the MCP endpoint.</summary>
    public async Task<HttpResponseMessage> PostAsync(string body, HttpClient? client = null, CancellationToken? cancellationToken = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, McpEndpoint.Path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await (client ?? Http).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken ?? TestContext.Current.CancellationToken);
    }

    /// <summary>An initialized session's id.</summary>
    public async Task<string> InitializeAsync(HttpClient? client = null)
    {
        using var answer = await PostAsync(Said.Initialize(1, "2025-11-25"), client);
        answer.EnsureSuccessStatusCode();
        await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return answer.Headers.GetValues("Mcp-Session-Id").Single();
    }

    /// <summary>The SDK's own client over HTTP.</summary>
    public Task<McpClient> ConnectAsync(McpClientOptions? options = null, string? key = null, params (string Name, string Value)[] headers) => McpClient.CreateAsync(
        new HttpClientTransport(new HttpClientTransportOptions
        {
            Endpoint = new Uri(Url, McpEndpoint.Path),
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = new Dictionary<string, string>(headers.Select(header => KeyValuePair.Create(header.Name, header.Value)), StringComparer.Ordinal) { ["Authorization"] = $"Bearer {key ?? Key}" },
        }),
        options,
        cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>A bare connection to the host's socket.</summary>
    public async Task<Conversation> OpenSocketAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Home.SocketFile), TestContext.Current.CancellationToken);
        return new Conversation(new NetworkStream(socket, ownsSocket: true));
    }

    /// <summary>A connection that said its hello.</summary>
    public async Task<Conversation> GreetAsync(string hello = """{"miosa":1}""")
    {
        var conversation = await OpenSocketAsync();
        await conversation.SayAsync(hello);
        Assert.Equal("""{"miosa":1}""", await conversation.HearAsync());
        return conversation;
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        Http.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _held.Dispose();
        if (_ownsHome)
            Directory.Delete(Home.Path, recursive: true);
    }
}
