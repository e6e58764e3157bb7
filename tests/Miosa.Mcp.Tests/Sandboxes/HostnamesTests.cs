using FsCheck;
using FsCheck.Fluent;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Tests.Sandboxes;

public sealed class HostnamesTests
{
    [Theory]
    [InlineData("My App", "my-app")]
    [InlineData("sbx_01ABC", "sbx-01abc")]
    [InlineData("--", "sandbox")]
    [InlineData("ünïcode", "n-code")]
    public void A_name_becomes_a_host_name(string name, string host) => Assert.Equal(host, Hostnames.From(name));

    [Fact]
    public void Whatever_the_name_the_host_name_is_legal() =>
        Prop.ForAll<NonNull<string>>(name =>
        {
            var host = Hostnames.From(name.Get);
            return host.Length is > 0 and <= 63 && host[0] is not '-' && host[^1] is not '-' && host.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-');
        }).QuickCheckThrowOnFailure();
}
