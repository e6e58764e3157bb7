using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Miosa.EndToEnd.Tests.Network;

/// <summary>
/// A company's mirror: serves the files of a directory over plain HTTP, whatever name it is asked by, at an address of
/// this machine that is no sandbox's own. What a file `NAME.redirect` holds is where NAME sends to.
/// </summary>
internal sealed class FileServer : IAsyncDisposable
{
    /// <summary>Any of 127.0.0.0/8 is this machine; this one is not what programs in a sandbox take for their own.</summary>
    public const string Address = "127.0.0.2";

    private readonly WebApplication _server;

    private FileServer(WebApplication server) => _server = server;

    public int Port => new Uri(_server.Urls.Single()).Port;

    public static async Task<FileServer> StartAsync(string directory)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Parse(Address), 0));
        var server = builder.Build();
        server.Run(http => GiveAsync(http, directory));
        await server.StartAsync();
        return new FileServer(server);
    }

    /// <summary>The file that is asked for.</summary>
    public static async Task GiveAsync(HttpContext http, string directory)
    {
        var path = Path.Combine(directory, http.Request.Path.Value!.Trim('/'));
        if (Directory.Exists(path))
            path = Path.Combine(path, "index.html");
        if (File.Exists(path + ".redirect"))
        {
            http.Response.StatusCode = StatusCodes.Status302Found;
            http.Response.Headers.Location = await File.ReadAllTextAsync(path + ".redirect");
            return;
        }
        if (!File.Exists(path))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        http.Response.ContentType = path.EndsWith(".html", StringComparison.Ordinal) ? "text/html" : "application/octet-stream";
        await http.Response.SendFileAsync(path);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync();
        await _server.DisposeAsync();
    }
}
