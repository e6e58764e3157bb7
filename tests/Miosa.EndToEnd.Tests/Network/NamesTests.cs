using System.Net;
using System.Net.Sockets;

namespace Miosa.EndToEnd.Tests.Network;

/// <summary>Names and what they lead to: the ones package managers know, and those that lead where nobody may go.</summary>
public sealed class NamesTests(SharedHost host)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Git_and_pip_get_what_they_ask_for_by_its_usual_name_under_packages_and_nothing_under_none()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        using var files = new TemporaryFolder();
        await Samples.MakeRepositoryAsync(files.Path);
        Samples.MakePythonIndex(files.Path);
        await using var server = await PublicServer.StartAsync(files.Path, "github.com", "pypi.org");
        await using var world = await NamedHost.StartAsync(host, server.Address);
        world.Names.Say("github.com", [server.Address.ToString()]);
        world.Names.Say("pypi.org", [server.Address.ToString()]);
        await using var packages = await world.SandboxAsync("packages");
        await using var none = await world.SandboxAsync("none");
        const string clone = "GIT_SSL_CAINFO=ca.pem git clone -q https://github.com/hello.git && cat hello/file";
        const string install = "REQUESTS_CA_BUNDLE=ca.pem PIP_CERT=ca.pem pip install -q --retries 0 --disable-pip-version-check miosa-probe && python3 -c 'import miosa_probe'";
        foreach (var sandbox in (SandboxClient[])[packages, none])
            await sandbox.CallAsync("sandbox_write_file", new { path = "/workspace/ca.pem", content = server.Certificate });

        Assert.Equal("cloned", await packages.ShellAsync(clone));
        Assert.Equal("installed", await packages.ShellAsync(install));
        var ssh = await packages.ExecAsync("curl -sS --proxytunnel -o /dev/null http://github.com:22/");
        var cloned = await none.ExecAsync(clone);
        var installed = await none.ExecAsync(install);

        Assert.Equal("github.com:22", (string)ssh["network_refused"]!.AsArray().Single()!);
        Assert.NotEqual(0, (int)cloned["exit_code"]!);
        Assert.NotEqual(0, (int)installed["exit_code"]!);
        Assert.Contains("403", (string)cloned["stderr"]!, StringComparison.Ordinal);
        Assert.Equal("github.com:443", (string)cloned["network_refused"]!.AsArray().Single()!);
        Assert.Equal("pypi.org:443", (string)installed["network_refused"]!.AsArray().Single()!);
    }

    [Fact]
    public async Task A_name_a_redirect_and_an_answer_that_changes_lead_to_no_address_that_is_not_the_internets()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        using var files = new TemporaryFolder();
        await File.WriteAllTextAsync(Path.Combine(files.Path, "file"), "served", Cancelled);
        await using var server = await FileServer.StartAsync(files.Path);
        // What is at the same port of this machine's other addresses is what an attacker is after.
        using var inside = new TcpListener(IPAddress.Parse("127.0.0.3"), server.Port);
        using var insideSix = new TcpListener(IPAddress.IPv6Loopback, server.Port);
        inside.Start();
        insideSix.Start();
        string[] places = [$"127.0.0.3:{server.Port}", $"[::1]:{server.Port}", $"[::ffff:127.0.0.2]:{server.Port}", $"loopback.test.example:{server.Port}", $"localhost:{server.Port}", $"localhost.:{server.Port}", $"2130706435:{server.Port}"];
        for (var i = 0; i < places.Length; i++)
            await File.WriteAllTextAsync(Path.Combine(files.Path, $"to-{i}.redirect"), $"http://{places[i]}/file", Cancelled);
        await using var world = await NamedHost.StartAsync(host, IPAddress.Parse(FileServer.Address));
        world.Names.Say("good.test.example", [FileServer.Address]);
        world.Names.Say("both.test.example", ["127.0.0.3", "::1", FileServer.Address]);
        world.Names.Say("changing.test.example", [FileServer.Address], ["127.0.0.3"]);
        Dictionary<string, string> leadNowhere = new()
        {
            ["loopback"] = "127.0.0.3", ["private"] = "10.0.0.1", ["link"] = "169.254.1.1", ["metadata"] = "169.254.169.254", ["shared"] = "100.64.0.1", ["any"] = "0.0.0.0",
            ["loopback6"] = "::1", ["private6"] = "fd00::1", ["link6"] = "fe80::1", ["any6"] = "::", ["mapped"] = "::ffff:127.0.0.2", ["compatible"] = "::127.0.0.2",
            ["nat64"] = "64:ff9b::7f00:2", ["sixtofour"] = "2002:7f00:2::1",
        };
        foreach (var (name, address) in leadNowhere)
            world.Names.Say($"{name}.test.example", [address]);
        await using var sandbox = await world.SandboxAsync("none");
        await sandbox.CallAsync("network_set", new { allow = new[] { $"*.test.example:{server.Port}", $"localhost:{server.Port}" } });

        Assert.Equal("served", await FetchAsync("http://good.test.example:{0}/file"));
        Assert.Equal("served", await FetchAsync("http://GOOD.Test.example.:{0}/file"));
        Assert.Equal("served", await FetchAsync("http://both.test.example:{0}/file"));
        // Asked for twice it leads elsewhere the second time; what is connected to is what was looked at.
        Assert.Equal("served", await FetchAsync("http://changing.test.example:{0}/file"));
        Assert.Equal("403", await FetchAsync("http://changing.test.example:{0}/file"));
        foreach (var name in leadNowhere.Keys)
            Assert.Equal((name, "403"), (name, await FetchAsync($"http://{name}.test.example:{{0}}/file")));
        for (var i = 0; i < places.Length; i++)
        {
            // This curl forgets the brackets of an address after a redirect on the same connection, which is no Host then.
            var isSix = places[i].StartsWith('[');
            Assert.Equal((places[i], isSix ? "400" : "403"), (places[i], await FetchAsync($"http://good.test.example:{{0}}/to-{i}")));
        }

        Assert.False(inside.Pending(), "Something came to 127.0.0.3.");
        Assert.False(insideSix.Pending(), "Something came to ::1.");
        var log = await sandbox.CallAsync("network_log", new { decision = "refused", host = "changing.test.example" });
        Assert.Equal("127.0.0.3", (string)log["entries"]!.AsArray()[0]!["address"]!);

        async Task<string> FetchAsync(string url)
        {
            var address = string.Format(System.Globalization.CultureInfo.InvariantCulture, url, server.Port);
            return await sandbox.ShellAsync($"code=$(curl -sL -m 20 --noproxy '' -o body -w '%{{http_code}}' {address}); test $code = 200 && cat body || echo $code");
        }
    }
}
