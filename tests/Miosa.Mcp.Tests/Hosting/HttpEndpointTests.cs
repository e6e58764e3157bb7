using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Tests.Hosting;

public sealed class HttpEndpointTests
{
    [Theory]
    [InlineData("none", "none")]
    [InlineData("7000", "127.0.0.1:7000")]
    [InlineData("127.0.0.1:6467", "127.0.0.1:6467")]
    [InlineData("localhost:80", "127.0.0.1:80")]
    [InlineData("0.0.0.0:443", "0.0.0.0:443")]
    [InlineData("[::1]:6467", "[::1]:6467")]
    public void A_place_to_listen_is_read(string text, string expected) => Assert.Equal(expected, HttpEndpoint.TryParse(text)?.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("70000")]
    [InlineData("-1")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:99999")]
    [InlineData("example.com:80")]
    [InlineData("::1")]
    [InlineData("http://127.0.0.1:80")]
    public void What_is_no_place_is_not(string text) => Assert.Null(HttpEndpoint.TryParse(text));

    [Theory]
    [InlineData("127.0.0.1:1", false, false, true)]
    [InlineData("[::1]:1", false, false, true)]
    [InlineData("none", false, false, true)]
    [InlineData("0.0.0.0:1", false, false, false)]
    [InlineData("0.0.0.0:1", true, false, false)]
    [InlineData("0.0.0.0:1", false, true, false)]
    [InlineData("0.0.0.0:1", true, true, true)]
    [InlineData("192.168.1.5:1", true, false, false)]
    public void Beyond_loopback_takes_a_word_and_a_certificate(string http, bool said, bool certificate, bool served)
    {
        var options = new ServeOptions
        {
            Http = HttpEndpoint.TryParse(http)!,
            ListenBeyondLoopback = said,
            TlsCertificate = certificate ? "cert.pem" : null,
            TlsKey = certificate ? "key.pem" : null,
        };

        Assert.Equal(served, options.Problem() is null);
    }

    [Fact]
    public void A_certificate_without_its_key_is_noticed() => Assert.NotNull(new ServeOptions { TlsCertificate = "cert.pem" }.Problem());
}
