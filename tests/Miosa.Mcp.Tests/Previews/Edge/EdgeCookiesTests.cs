using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Miosa.Mcp.Previews;
using Miosa.Mcp.Previews.Edge;

namespace Miosa.Mcp.Tests.Previews.Edge;

public sealed class EdgeCookiesTests
{
    [Theory]
    [InlineData("a=1; b=2", "a=1; b=2")]
    [InlineData("a=1; miosa_preview=x; b=2", "a=1; b=2")]
    [InlineData("miosa_preview=x", null)]
    [InlineData("__Host-miosa_preview=x; a=\"miosa_preview=y\"", "a=\"miosa_preview=y\"")]
    [InlineData("MIOSA_preview=x;miosa_preview = y;=miosa_preview=z;miosa_preview", null)]
    public void The_app_gets_the_cookies_that_are_its_own(string sent, string? kept) => Assert.Equal(kept, EdgeCookies.WithoutOurs(sent));

    [Fact]
    public void Cookies_that_come_in_several_headers_become_one() =>
        Assert.Equal("a=1; b=2", EdgeCookies.WithoutOurs(new StringValues(["a=1", "miosa_preview=x", "b=2"])));

    [Theory]
    [InlineData("a=1; Path=/; HttpOnly", "a=1; Path=/; HttpOnly")]
    [InlineData("a=1; Domain=example.com; Path=/", "a=1; Path=/")]
    [InlineData("a=1; DOMAIN =.localhost", "a=1")]
    [InlineData("domain=1; Path=/", "domain=1; Path=/")]
    [InlineData("miosa_preview=x; Path=/", null)]
    [InlineData(" __host-MIOSA_preview=x", null)]
    [InlineData("=miosa_preview=x", null)]
    public void The_app_sets_cookies_for_its_own_host_and_never_ours(string set, string? passed) => Assert.Equal(passed, EdgeCookies.FromApp(set));

    [Fact]
    public void Ours_are_found_among_others_and_a_flood_of_them_is_not_read()
    {
        var cookies = new EdgeCookies(Options.Create(new PreviewOptions()));

        Assert.Equal(["x", "y"], cookies.Read("a=1; miosa_preview=x; xmiosa_preview=2; miosa_preview=y"));
        Assert.Equal(4, cookies.Read(string.Join("; ", Enumerable.Repeat("miosa_preview=x", 1000))).Count());
    }
}
