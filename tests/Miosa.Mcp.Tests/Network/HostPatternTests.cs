using Miosa.Mcp.Network;

namespace Miosa.Mcp.Tests.Network;

public sealed class HostPatternTests
{
    [Theory]
    [InlineData("example.com", "example.com:443", true)]
    [InlineData("example.com", "example.com:80", true)]
    [InlineData("Example.COM", "example.com:80", true)]
    [InlineData("example.com", "EXAMPLE.com.:443", true)]
    [InlineData("example.com", "example.com:22", false)]
    [InlineData("example.com", "www.example.com:443", false)]
    [InlineData("example.com", "example.com.evil.test:443", false)]
    [InlineData("example.com", "notexample.com:443", false)]
    [InlineData("example.com:5432", "example.com:5432", true)]
    [InlineData("example.com:5432", "example.com:443", false)]
    [InlineData("*.example.com", "www.example.com:443", true)]
    [InlineData("*.example.com", "a.b.example.com:443", true)]
    [InlineData("*.example.com", "example.com:443", false)]
    [InlineData("*.example.com", "notexample.com:443", false)]
    [InlineData("*.example.com:8080", "www.example.com:8080", true)]
    [InlineData("*.example.com:8080", "www.example.com:80", false)]
    [InlineData("203.0.113.7", "203.0.113.7:80", true)]
    [InlineData("203.0.113.7", "203.0.113.8:80", false)]
    [InlineData("[2001:db8::7]:443", "[2001:db8:0::7]:443", true)]
    [InlineData("127.0.0.1:80", "[::ffff:127.0.0.1]:80", false)]
    public void A_pattern_matches_what_it_says_and_nothing_near_it(string pattern, string target, bool matches) =>
        Assert.Equal(matches, HostPattern.Parse(pattern)!.Matches(ProxyTarget.Parse(target, null)!));

    [Theory]
    [InlineData("*")]
    [InlineData("*.com")]
    [InlineData("*.10.0.0.1")]
    [InlineData("www.*.com")]
    [InlineData("*example.com")]
    [InlineData("https://example.com")]
    [InlineData("example.com/path")]
    [InlineData("example.com:*")]
    [InlineData("0x7f.1")]
    [InlineData("")]
    public void What_is_no_pattern_is_not_taken_for_one(string text) => Assert.Null(HostPattern.Parse(text));

    [Theory]
    [InlineData("Example.com")]
    [InlineData("*.example.com:8080")]
    [InlineData("[2001:DB8::7]:443")]
    public void A_pattern_reads_back_as_itself(string text) =>
        Assert.Equal(text.ToLowerInvariant(), HostPattern.Parse(HostPattern.Parse(text)!.ToString())!.ToString());
}
