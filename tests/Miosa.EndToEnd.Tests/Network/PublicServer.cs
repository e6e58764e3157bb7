using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Miosa.EndToEnd.Tests.Network;

/// <summary>
/// What programs find on the internet under the names that they know: repositories by git's own protocol, as a forge
/// speaks it, and an index of Python packages. At a loopback address of its own, on the port of https.
/// </summary>
internal sealed class PublicServer : IAsyncDisposable
{
    private readonly WebApplication _server;

    private PublicServer(WebApplication server, IPAddress address, string certificate) => (_server, Address, Certificate) = (server, address, certificate);

    public IPAddress Address { get; }

    /// <summary>Whom to trust, as PEM.</summary>
    public string Certificate { get; }

    /// <param name="directory">Bare repositories, and below `simple/` the index.</param>
    /// <param name="names">The names it has a certificate for.</param>
    public static async Task<PublicServer> StartAsync(string directory, params IEnumerable<string> names)
    {
        var address = NameServer.Loopback();
        using var certificate = MakeCertificate(names);
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
            kestrel.Listen(address, 443, listen => listen.UseHttps(X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null))));
        var server = builder.Build();
        server.Run(http => http.Request.Path.StartsWithSegments("/simple", StringComparison.Ordinal) ? FileServer.GiveAsync(http, directory) : GitAsync(http, directory));
        await server.StartAsync();
        return new PublicServer(server, address, certificate.ExportCertificatePem());
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync();
        await _server.DisposeAsync();
    }

    /// <summary>Git's own program for it, which is a CGI.</summary>
    private static async Task GitAsync(HttpContext http, string directory)
    {
        var request = http.Request;
        using var git = Process.Start(new ProcessStartInfo("git", ["http-backend"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment =
            {
                ["GIT_PROJECT_ROOT"] = directory,
                ["GIT_HTTP_EXPORT_ALL"] = "1",
                ["GIT_PROTOCOL"] = request.Headers["Git-Protocol"].ToString(),
                ["PATH_INFO"] = request.Path.Value,
                ["QUERY_STRING"] = request.QueryString.Value?.TrimStart('?'),
                ["REQUEST_METHOD"] = request.Method,
                ["CONTENT_TYPE"] = request.ContentType,
                ["HTTP_CONTENT_ENCODING"] = request.Headers.ContentEncoding.ToString(),
            },
        })!;
        await request.Body.CopyToAsync(git.StandardInput.BaseStream);
        git.StandardInput.Close();
        using var answer = new MemoryStream();
        await git.StandardOutput.BaseStream.CopyToAsync(answer);
        var bytes = answer.ToArray();
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        foreach (var line in System.Text.Encoding.ASCII.GetString(bytes, 0, end).Split("\r\n"))
        {
            var (name, value) = line.Split(": ", 2) is [var before, var after] ? (before, after) : throw new InvalidDataException(line);
            if (name is "Status")
                http.Response.StatusCode = int.Parse(value.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
            else
                http.Response.Headers[name] = value;
        }
        await http.Response.Body.WriteAsync(bytes.AsMemory(end + 4));
    }

    private static X509Certificate2 MakeCertificate(IEnumerable<string> names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=a test's internet", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
            alternatives.AddDnsName(name);
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
    }
}
