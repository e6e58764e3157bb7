using Microsoft.Extensions.Options;
using Miosa.Mcp.Network;

namespace Miosa.Mcp.Tests.Network;

public sealed class NetworkOptionsTests
{
    [Fact]
    public void What_is_set_by_nobody_allows_nothing()
    {
        var options = new NetworkOptions();

        Assert.Equal(NetworkPreset.None, options.Preset);
        Assert.Empty(options.AllowPrivate);
        Assert.True(Check(options).Succeeded);
    }

    [Fact]
    public void A_host_keeps_its_own_mirrors_addresses_and_proxy() =>
        Assert.True(Check(new NetworkOptions { Packages = { "mirror.example", "*.mirror.example", "10.1.2.3:8081" }, AllowPrivate = { "10.1.2.3", "10.1.0.0/16", "fd00::1", "fd00::/8" }, Upstream = "http://user:pass@proxy.example:3128" }).Succeeded);

    [Theory]
    [InlineData("https://mirror.example", null, null)]
    [InlineData("*", null, null)]
    [InlineData(null, "10.1", null)]
    [InlineData(null, "010.1.2.3", null)]
    [InlineData(null, "10.1.2.3/8", null)]
    [InlineData(null, "mirror.example", null)]
    [InlineData(null, null, "proxy.example:3128")]
    [InlineData(null, null, "https://proxy.example")]
    [InlineData(null, null, "socks5://proxy.example")]
    public void What_could_mean_something_else_keeps_the_host_from_starting(string? package, string? address, string? upstream)
    {
        var options = new NetworkOptions { Packages = package is null ? [] : [package], AllowPrivate = address is null ? [] : [address], Upstream = upstream };

        Assert.True(Check(options).Failed);
    }

    private static ValidateOptionsResult Check(NetworkOptions options) => new NetworkOptionsValidator().Validate(null, options);
}
