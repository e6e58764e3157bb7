using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests.Previews;

/// <summary>The edge of a host of its own: across restarts, and set up for a domain.</summary>
public sealed class EdgeHostTests(SharedHost shared)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_link_and_a_visitors_cookie_are_good_after_the_host_was_killed()
    {
        Assert.SkipWhen(shared.Refusal is not null, shared.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync();
        // As the host keeps it that once took another port than the usual one.
        await File.WriteAllTextAsync(Path.Combine(home.Path, "previews.port"), FreePort().ToString(CultureInfo.InvariantCulture), Cancelled);
        var host = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        try
        {
            var (id, exposed) = await ExposeAsync(home);
            var url = new Uri((string)exposed["url"]!);
            using var visitor = await Visitor.EnterAsync(new Uri((string)exposed["open_url"]!));
            await visitor.TextAsync(url);
            Assert.Equal(await File.ReadAllTextAsync(Path.Combine(home.Path, "previews.port"), Cancelled), url.Port.ToString(CultureInfo.InvariantCulture));

            await host.KillAsync();
            await host.DisposeAsync();
            host = await MiosaProcess.ServeAsync(home.Path, "--http", "none");

            await UntilAnsweredAsync(visitor, url);
            using var opened = await visitor.OpenAsync(new Uri((string)exposed["open_url"]!));
            Assert.Equal(HttpStatusCode.SeeOther, opened.StatusCode);
            await DestroyAsync(home, id);
        }
        finally
        {
            await host.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_domain_with_a_certificate_gets_tls_a_cookie_for_one_host_and_pages_in_its_colours()
    {
        Assert.SkipWhen(shared.Refusal is not null, shared.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync();
        var (certificate, key) = WriteCertificate(home.Path, "*.preview.example.com");
        await WriteSettingsAsync(home, new
        {
            Endpoint = "127.0.0.1:0",
            Domain = "preview.example.com",
            TlsCertificate = certificate,
            TlsKey = key,
            AllowPublic = true,
            Branding = new { Name = "Acme <&>", Color = "#ff8800", SupportUrl = "https://help.example.com/", Logo = "data:image/png;base64,iVBORw0KGgo=" },
        });
        await using var host = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        var (id, exposed) = await ExposeAsync(home);
        var url = new Uri((string)exposed["url"]!);
        using var http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = (_, _) => new ValueTask<Stream>(Visitor.ConnectAsync(url)),
            SslOptions = { RemoteCertificateValidationCallback = (_, presented, _, _) => presented!.Subject.Contains("preview.example.com", StringComparison.Ordinal) },
            UseCookies = false,
            AllowAutoRedirect = false,
        });

        Assert.Matches(@"^https://3000-[0-9a-z]{12}\.preview\.example\.com:\d+/$", url.ToString());
        using var opened = await SendAsync(new Uri((string)exposed["open_url"]!));
        var cookie = opened.Headers.GetValues("Set-Cookie").Single();
        Assert.StartsWith("__Host-miosa_preview=", cookie, StringComparison.Ordinal);
        Assert.EndsWith("; HttpOnly; SameSite=Lax; Secure", cookie, StringComparison.Ordinal);
        using var seen = await SendAsync(url, cookie.Split(';')[0]);
        Assert.Equal(HttpVersion.Version20, seen.Version);
        Assert.Equal("https", (string)JsonNode.Parse(await seen.Content.ReadAsStringAsync(Cancelled))!["headers"]!["x-forwarded-proto"]!);

        using var unknown = await SendAsync(url);
        var page = await unknown.Content.ReadAsStringAsync(Cancelled);
        Assert.Contains("#ff8800", page, StringComparison.Ordinal);
        Assert.Contains("Acme &lt;&amp;&gt;", page, StringComparison.Ordinal);
        Assert.Contains("https://help.example.com/", page, StringComparison.Ordinal);
        var policy = unknown.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; style-src 'sha256-", policy, StringComparison.Ordinal);
        Assert.Contains("img-src data:;", policy, StringComparison.Ordinal);
        var style = page[(page.IndexOf("<style>", StringComparison.Ordinal) + "<style>".Length)..page.IndexOf("</style>", StringComparison.Ordinal)];
        Assert.Contains(Convert.ToBase64String(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(style))), policy, StringComparison.Ordinal);

        await using (var client = await Client.StdioAsync(home.Path))
        {
            await client.CallAsync("sandbox_expose", new { sandbox_id = id, port = Shown.Port, access = "public" });
            using (var anybody = await SendAsync(url))
                Assert.Equal(HttpStatusCode.OK, anybody.StatusCode);
            await client.CallAsync("sandbox_expose", new { sandbox_id = id, port = Shown.Port, access = "private" });
        }
        using var nobody = await SendAsync(url);
        Assert.Equal(HttpStatusCode.NotFound, nobody.StatusCode);
        await DestroyAsync(home, id);

        async Task<HttpResponseMessage> SendAsync(Uri to, string? cookie = null)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, to) { Version = HttpVersion.Version20, Headers = { { "Accept", "text/html" } } };
            if (cookie is not null)
                request.Headers.Add("Cookie", cookie);
            return await http.SendAsync(request, Cancelled);
        }
    }

    [Theory]
    [InlineData("""{"Endpoint":"0.0.0.0:0"}""", "ListenBeyondLoopback")]
    [InlineData("""{"Endpoint":"0.0.0.0:0","ListenBeyondLoopback":true}""", "TLS")]
    [InlineData("""{"Endpoint":"nowhere"}""", "nowhere")]
    [InlineData("""{"Domain":"evil example"}""", "Domain")]
    [InlineData("""{"TlsCertificate":"a.pem"}""", "go together")]
    [InlineData("""{"Branding":{"Color":"red;}body{"}}""", "Color")]
    [InlineData("""{"Branding":{"Logo":"http://plain.example/logo.png"}}""", "Logo")]
    [InlineData("""{"Branding":{"SupportUrl":"javascript:alert(1)"}}""", "SupportUrl")]
    public async Task Settings_that_would_open_too_much_or_make_no_sense_keep_the_host_from_starting(string previews, string named)
    {
        await using var home = await BorrowedHome.CreateAsync();
        await File.WriteAllTextAsync(Path.Combine(home.Path, "settings.json"), $$"""{"Previews":{{previews}}}""", Cancelled);

        var (code, output) = await MiosaProcess.RunAsync("serve", "--home", home.Path, "--http", "none");

        Assert.Equal(1, code);
        Assert.Contains(named, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_whose_previews_are_off_says_so()
    {
        Assert.SkipWhen(shared.Refusal is not null, shared.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync();
        await WriteSettingsAsync(home, new { Endpoint = "none" });
        await using var host = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        await using var client = await Client.StdioAsync(home.Path);
        var id = (string)(await client.CallAsync("sandbox_create", new { }))["sandbox_id"]!;

        Assert.Equal("NOT_SUPPORTED", (string)(await client.RefusedAsync("sandbox_expose", new { sandbox_id = id, port = 3000 }))["code"]!);

        await client.CallAsync("sandbox_destroy", new { sandbox_id = id });
    }

    private static async Task<(string Id, JsonObject Exposed)> ExposeAsync(BorrowedHome home)
    {
        var client = await Client.StdioAsync(home.Path);
        var id = (string)(await client.CallAsync("sandbox_create", new { }))["sandbox_id"]!;
        var sandbox = new SandboxClient(client, id, []);
        await Shown.RunAsync(sandbox, "app.js", Apps.Echo, $"{Shown.Port}");
        var exposed = await sandbox.CallAsync("sandbox_expose", new { port = Shown.Port });
        await client.DisposeAsync();
        return (id, exposed);
    }

    private static async Task DestroyAsync(BorrowedHome home, string id)
    {
        await using var client = await Client.StdioAsync(home.Path);
        await client.CallAsync("sandbox_destroy", new { sandbox_id = id });
    }

    private static async Task UntilAnsweredAsync(Visitor visitor, Uri url)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await visitor.TextAsync(url);
                return;
            }
            catch (HttpRequestException) when (TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(20))
            {
                await Task.Yield();
            }
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static Task WriteSettingsAsync(BorrowedHome home, object previews) =>
        home.SetAsync(new { Previews = previews });

    private static (string Certificate, string Key) WriteCertificate(string directory, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        var files = (Path.Combine(directory, "cert.pem"), Path.Combine(directory, "key.pem"));
        File.WriteAllText(files.Item1, certificate.ExportCertificatePem());
        File.WriteAllText(files.Item2, key.ExportPkcs8PrivateKeyPem());
        return files;
    }
}
