using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Previews.Edge.Sockets;

namespace Miosa.Mcp.Previews.Edge;

/// <summary>Listens for visitors. It begins with the first preview: a host that shows nothing listens for nobody.</summary>
internal sealed partial class EdgeServer(
    EdgeApplication application, EdgeConnections connections, EdgePort port, SocketLoops loops, PreviewDirectory directory, IServiceProvider services, IOptions<PreviewOptions> options,
    TimeProvider time, ILoggerFactory loggers, ILogger<EdgeServer> logger) : BackgroundService
{
    /// <summary>Requests at once on a connection with HTTP/2, and the longest head of one. Anybody may hold that much for a few bytes of his own.</summary>
    public const int MostStreams = 24;
    public const int MostHeaderBytes = 32 * 1024;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1.5);
    private readonly SemaphoreSlim _starting = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private KestrelServer? _server;
    private Uri? _origin;

    /// <summary>Scheme, domain and port of every preview; listens from then on.</summary>
    public async Task<Uri> OriginAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _origin) is { } known)
            return known;
        await _starting.WaitAsync(cancellationToken);
        try
        {
            return _origin ??= await StartAsync();
        }
        finally
        {
            _starting.Release();
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_server is null)
            return;
        // Answers that are on their way come to their end; streams and WebSockets have none.
        using var late = new CancellationTokenSource(Grace, time);
        using var registration = late.Token.Register(() => _stopping.Cancel());
        using var over = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        await _server.StopAsync(over.Token);
    }

    public override void Dispose()
    {
        base.Dispose();
        _server?.Dispose();
        _starting.Dispose();
        _stopping.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the start of the host: a client waits for that.
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await directory.LoadAsync(stoppingToken);
                if (directory.Count > 0)
                    await OriginAsync(stoppingToken);
                return;
            }
            catch (ToolFailureException exception) when (exception.Code is ToolErrorCode.NotSupported)
            {
                // It is turned off, and stays so until the next start.
                LogNotStarted(exception.Message);
                return;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogNotStarted(exception.Message);
                await Task.Delay(Retry, time, stoppingToken);
            }
        }
    }

    private async Task<Uri> StartAsync()
    {
        var configured = options.Value.Endpoint is { } text ? HttpEndpoint.TryParse(text)! : null;
        if (configured?.IsOn is false)
            throw PreviewFailures.Off();
        var remembered = configured is null ? port.Read() : null;
        var endpoint = configured is null ? new IPEndPoint(IPAddress.Loopback, remembered ?? PreviewOptions.DefaultPort) : new IPEndPoint(configured.Address!, configured.Port);
        try
        {
            _server = await ListenAsync(endpoint);
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            // Nobody has a link yet that names a port; where somebody has, another port would be of no use to him.
            if (configured is not null || remembered is not null)
                throw PreviewFailures.Taken(endpoint.ToString());
            _server = await ListenAsync(new IPEndPoint(IPAddress.Loopback, 0));
        }
        try
        {
            return Origin(_server, isRemembered: configured is not null || remembered is not null);
        }
        catch
        {
            // Whoever tries again opens another.
            _server.Dispose();
            _server = null;
            throw;
        }
    }

    private Uri Origin(KestrelServer server, bool isRemembered)
    {
        var address = new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.First());
        if (!isRemembered)
            port.Write(address.Port);
        var origin = new UriBuilder(options.Value.UsesTls ? "https" : "http", options.Value.Domain, address.Port).Uri;
        LogListens(address, origin.Host);
        return origin;
    }

    private async Task<KestrelServer> ListenAsync(IPEndPoint endpoint)
    {
        var kestrel = new KestrelServerOptions { ApplicationServices = services, AddServerHeader = false, AllowAlternateSchemes = true };
        kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = null;
        // How slowly is the visitor's affair, as long as something moves: see Visit.
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        limits.RequestHeadersTimeout = options.Value.HeaderTimeout;
        limits.MaxRequestHeadersTotalSize = MostHeaderBytes;
        limits.Http2.MaxStreamsPerConnection = MostStreams;
        limits.MaxRequestLineSize = 16 * 1024;
        limits.MaxRequestHeaderCount = 200;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        kestrel.Listen(endpoint, listen =>
        {
            listen.Use(next => connection => connections.OnConnectionAsync(connection, next));
            if (options.Value.UsesTls)
                listen.UseHttps(X509Certificate2.CreateFromPemFile(options.Value.TlsCertificate!, options.Value.TlsKey));
            else
                listen.Use(next => connection => PriorKnowledge.OnConnectionAsync(connection, next, options.Value.HeaderTimeout, time));
        });
        var server = new KestrelServer(Options.Create(kestrel), new LoopTransport(loops, time), loggers);
        try
        {
            application.Stopping = _stopping.Token;
            await server.StartAsync(application, CancellationToken.None);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    [LoggerMessage(LogLevel.Information, "Previews are seen at {Address}, under names that end with {Domain}")]
    private partial void LogListens(Uri address, string domain);

    [LoggerMessage(LogLevel.Warning, "Previews are not seen: {Reason}")]
    private partial void LogNotStarted(string reason);
}
