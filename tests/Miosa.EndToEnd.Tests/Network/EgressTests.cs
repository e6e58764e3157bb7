namespace Miosa.EndToEnd.Tests.Network;

/// <summary>The real package managers in a real sandbox, through the one way out it has.</summary>
public sealed class EgressTests(SharedHost host)
{
    [Fact]
    public async Task Npm_installs_a_package_where_registries_are_allowed()
    {
        await using var sandbox = await host.SandboxAsync(new { network = "packages" });

        var installed = await sandbox.ShellAsync("mkdir app && cd app && npm init -y >/dev/null && npm install is-odd 2>&1 && node -e 'console.log(require(\"is-odd\")(3))'");

        Assert.EndsWith("true", installed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_reached_where_nobody_allowed_it_and_the_command_and_its_caller_are_told()
    {
        await using var sandbox = await host.SandboxAsync();

        var result = await sandbox.ExecAsync("curl -sS https://registry.npmjs.org/ ; curl -sS http://deb.debian.org/debian/");

        Assert.Contains("403", (string)result["stderr"]!, StringComparison.Ordinal);
        Assert.Contains("network_set", (string)result["stdout"]!, StringComparison.Ordinal);
        Assert.Equal(["registry.npmjs.org:443", "deb.debian.org:80"], result["network_refused"]!.AsArray().Select(target => (string)target!));
    }
}
