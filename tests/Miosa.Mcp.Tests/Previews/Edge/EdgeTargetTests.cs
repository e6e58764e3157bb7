using Miosa.Mcp.Previews.Edge;

namespace Miosa.Mcp.Tests.Previews.Edge;

public sealed class EdgeTargetTests
{
    [Theory]
    [InlineData("/", "/", null)]
    [InlineData("/a%2F..//b?x=%20&y", "/a%2F..//b?x=%20&y", null)]
    [InlineData("/?mp_token=mp_1", "/", "mp_1")]
    [InlineData("/p?a=1&mp_token=mp_1&b=2", "/p?a=1&b=2", "mp_1")]
    [InlineData("/p?ms_token=ms_%31", "/p", "ms_1")]
    [InlineData("/p?mp_token=mp_1&ms_token=ms_1&mp_token=mp_2", "/p", "mp_2")]
    [InlineData("/p?mp_token=", "/p", "")]
    [InlineData("/p?xmp_token=1", "/p?xmp_token=1", null)]
    [InlineData("/mp_token=mp_1", "/mp_token=mp_1", null)]
    public void A_token_is_taken_out_and_the_rest_stays_as_it_was_sent(string raw, string clean, string? token) =>
        Assert.Equal(new EdgeTarget(clean, token), EdgeTarget.Parse(raw));

    [Theory]
    [InlineData("*")]
    [InlineData("http://other.example/")]
    [InlineData("other.example:80")]
    [InlineData("/a b")]
    [InlineData("/a\u0001")]
    [InlineData("/ä")]
    [InlineData("")]
    public void What_is_no_plain_path_is_refused(string raw) => Assert.Null(EdgeTarget.Parse(raw));
}
