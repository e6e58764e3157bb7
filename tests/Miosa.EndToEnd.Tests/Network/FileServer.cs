using System.Net;
using System.Net.Sockets;

namespace Miosa.EndToEnd.Tests.Network;

/// <summary>A company's mirror: serves the files of a directory over plain HTTP, at an address of this machine that is no sandbox's own.</summary>
internal sealed class FileServer : IAsyncDisposable
{
    /// <summary>Any of 127.0.0.0/8 is this machine; this one is not what programs in a sandbox take for their own.</summary>
    public const string Address = "127.0.0.2";

    private readonly HttpListener _listener = new();
    private readonly string _directory;
    private readonly Task _serving;

    private FileServer(string directory, int port)
    {
        _directory = directory;
        Port = port;
        _listener.Prefixes.Add($"http://{Address}:{port}/");
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port { get; }

    public static FileServer Start(string directory)
    {
        using var probe = new TcpListener(IPAddress.Parse(Address), 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        return new FileServer(directory, port);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                await AnswerAsync(await _listener.GetContextAsync());
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                // The server ends, or a client went.
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var path = Path.Combine(_directory, context.Request.Url!.AbsolutePath.Trim('/'));
        if (Directory.Exists(path))
            path = Path.Combine(path, "index.html");
        if (File.Exists(path))
        {
            context.Response.ContentType = path.EndsWith(".html", StringComparison.Ordinal) ? "text/html" : "application/octet-stream";
            await context.Response.OutputStream.WriteAsync(await File.ReadAllBytesAsync(path));
        }
        else
        {
            context.Response.StatusCode = 404;
        }
        context.Response.Close();
    }
}
