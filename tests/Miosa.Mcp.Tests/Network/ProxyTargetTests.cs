using Miosa.Mcp.Network;

namespace Miosa.Mcp.Tests.Network;

public sealed class ProxyTargetTests
{
    [Theory]
    [InlineData("registry.npmjs.org:443", "registry.npmjs.org:443")]
    [InlineData("Registry.NPMJS.org.:443", "registry.npmjs.org:443")]
    [InlineData("my_host.example:8080", "my_host.example:8080")]
    [InlineData("localhost:1", "localhost:1")]
    [InlineData("203.0.113.7:80", "203.0.113.7:80")]
    [InlineData("[2001:DB8::7]:443", "[2001:db8::7]:443")]
    [InlineData("[2001:db8:0:0::7]:443", "[2001:db8::7]:443")]
    [InlineData("xn--bcher-kva.example:443", "xn--bcher-kva.example:443")]
    public void A_host_and_a_port_are_read(string text, string target) =>
        Assert.Equal(target, ProxyTarget.Parse(text, defaultPort: null)?.ToString());

    [Theory]
    [InlineData("2130706433:80")]
    [InlineData("0x7f000001:80")]
    [InlineData("0x7f.0.0.1:80")]
    [InlineData("0177.0.0.1:80")]
    [InlineData("017700000001:80")]
    [InlineData("127.1:80")]
    [InlineData("127.0.1:80")]
    [InlineData("127.0.0.1.:80 ")]
    [InlineData("127.0.0.01:80")]
    [InlineData("127.0.0.256:80")]
    [InlineData("127.0.0.0x1:80")]
    [InlineData("example.123:80")]
    [InlineData("example.0x:80")]
    [InlineData("1.2.3.4.5:80")]
    public void An_address_in_any_other_than_the_usual_form_is_none(string text) =>
        Assert.Null(ProxyTarget.Parse(text, defaultPort: null));

    [Theory]
    [InlineData("")]
    [InlineData(":443")]
    [InlineData("example.com")]
    [InlineData("example.com:")]
    [InlineData("example.com:0")]
    [InlineData("example.com:080")]
    [InlineData("example.com:65536")]
    [InlineData("example.com:-1")]
    [InlineData("example.com:+443")]
    [InlineData("example.com:443:443")]
    [InlineData("user@example.com:443")]
    [InlineData("example.com:443/")]
    [InlineData("exa mple.com:443")]
    [InlineData("exa%6dple.com:443")]
    [InlineData("bücher.example:443")]
    [InlineData("ｅxample.com:443")]
    [InlineData("example..com:443")]
    [InlineData(".example.com:443")]
    [InlineData("-example.com:443")]
    [InlineData("[::1:443")]
    [InlineData("[::1]443")]
    [InlineData("[fe80::1%eth0]:443")]
    [InlineData("[127.0.0.1]:443")]
    [InlineData("::1:443")]
    public void What_names_no_host_and_port_beyond_doubt_is_refused(string text) =>
        Assert.Null(ProxyTarget.Parse(text, defaultPort: null));

    [Fact]
    public void A_port_that_is_not_named_is_the_given_one() =>
        Assert.Equal(new ProxyTarget("example.com", 80), ProxyTarget.Parse("example.com", defaultPort: 80));

    [Fact]
    public void A_name_longer_than_names_are_is_refused()
    {
        Assert.Null(ProxyTarget.Parse(new string('a', 64) + ".com:80", null));
        Assert.Null(ProxyTarget.Parse(string.Join('.', Enumerable.Repeat("abcdefg", 40)) + ":80", null));
    }
}
