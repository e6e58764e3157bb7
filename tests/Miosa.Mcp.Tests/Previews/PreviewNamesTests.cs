using Miosa.Mcp.Previews;

namespace Miosa.Mcp.Tests.Previews;

public sealed class PreviewNamesTests
{
    [Theory]
    [InlineData("3000-abcdefghjkmn.localhost", "3000-abcdefghjkmn")]
    [InlineData("3000-abcdefghjkmn.localhost:6468", "3000-abcdefghjkmn")]
    [InlineData("3000-ABCDEFGHJKMN.LOCALHOST:1", "3000-abcdefghjkmn")]
    [InlineData("65535-000000000000.localhost", "65535-000000000000")]
    [InlineData("1-000000000000.localhost:", "1-000000000000")]
    public void A_name_of_a_preview_is_read_however_it_is_spelt(string host, string label) => Assert.Equal(label, PreviewNames.LabelOf(host, "localhost"));

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData("3000.localhost")]
    [InlineData("-abcdefghjkmn.localhost")]
    [InlineData("0-abcdefghjkmn.localhost")]
    [InlineData("03000-abcdefghjkmn.localhost")]
    [InlineData("65536-abcdefghjkmn.localhost")]
    [InlineData("+300-abcdefghjkmn.localhost")]
    [InlineData("3000-abc.localhost")]
    [InlineData("3000-abcdefghjkmn.localhost.")]
    [InlineData("3000-abcdefghjkmn.localhost:80a")]
    [InlineData("3000-abcdefghjkmn.localhost:80:80")]
    [InlineData("3000-abcdefghjkmnxlocalhost")]
    [InlineData("3000-abcdefghjkmn.localhost.evil.example")]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1:6468")]
    [InlineData("[::1]:6468")]
    public void What_is_no_such_name_is_not_taken_for_one(string host) => Assert.Null(PreviewNames.LabelOf(host, "localhost"));

    [Fact]
    public void A_slug_is_fit_for_a_host_name_and_never_the_same()
    {
        var slugs = Enumerable.Range(0, 1000).Select(_ => PreviewNames.NewSlug()).ToList();

        Assert.Equal(1000, slugs.Distinct(StringComparer.Ordinal).Count());
        Assert.All(slugs, slug => Assert.Equal(PreviewNames.Label(65535, slug), PreviewNames.LabelOf($"{PreviewNames.Label(65535, slug)}.preview.example.com", "preview.example.com")));
        Assert.All(slugs, slug => Assert.InRange(PreviewNames.Label(65535, slug).Length, 1, 63));
    }
}
