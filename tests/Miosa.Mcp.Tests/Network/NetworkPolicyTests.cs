using Miosa.Mcp.Network;

namespace Miosa.Mcp.Tests.Network;

public sealed class NetworkPolicyTests
{
    [Theory]
    [InlineData("None", "registry.npmjs.org:443", null)]
    [InlineData("None", "listed.example:443", "allow listed.example")]
    [InlineData("Packages", "registry.npmjs.org:443", "packages registry.npmjs.org")]
    [InlineData("Packages", "deb.debian.org:80", "packages deb.debian.org")]
    [InlineData("Packages", "github.com:443", "packages github.com")]
    [InlineData("Packages", "github.com:22", null)]
    [InlineData("Packages", "gist.github.com:443", null)]
    [InlineData("Packages", "mirror.company.example:8081", "packages mirror.company.example:8081")]
    [InlineData("Packages", "example.com:443", null)]
    [InlineData("Packages", "listed.example:80", "allow listed.example")]
    [InlineData("Web", "example.com:443", "web")]
    [InlineData("Web", "example.com:80", "web")]
    [InlineData("Web", "example.com:25", null)]
    [InlineData("Web", "intranet:80", null)]
    [InlineData("Web", "mirror.company.example:8081", null)]
    public void What_no_rule_names_is_refused(string preset, string target, string? rule)
    {
        var policy = new NetworkPolicy { Preset = Enum.Parse<NetworkPreset>(preset), Allow = [HostPattern.Parse("listed.example")!], AddedPackages = [HostPattern.Parse("mirror.company.example:8081")!] };

        Assert.Equal(rule, policy.RuleFor(ProxyTarget.Parse(target, null)!));
    }
}
