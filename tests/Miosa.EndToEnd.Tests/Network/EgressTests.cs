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
    public async Task Apt_installs_a_package_as_root()
    {
        await using var sandbox = await host.SandboxAsync(new { network = "packages" });

        await sandbox.ShellAsync("apt-get update && apt-get install --yes sl", "root");

        Assert.Equal("/usr/games/sl", await sandbox.ShellAsync("ls /usr/games/sl"));
    }

    [Fact]
    public async Task Node_fetches_through_the_proxy_by_its_own_fetch()
    {
        await using var sandbox = await host.SandboxAsync(new { network = "packages" });

        Assert.Equal("200", await sandbox.ShellAsync("node -e 'fetch(\"https://registry.npmjs.org/is-odd\").then(answer => console.log(answer.status))'"));
    }

    [Fact]
    public async Task Nothing_is_reached_where_nobody_allowed_it_and_the_command_and_its_caller_are_told()
    {
        await using var sandbox = await host.SandboxAsync();

        var result = await sandbox.ExecAsync("curl -sS https://registry.npmjs.org/ ; curl -sS http://deb.debian.org/debian/ ; npm view is-odd version ; git ls-remote https://github.com/git/git");

        Assert.NotEqual(0, (int)result["exit_code"]!);
        Assert.Contains("403", (string)result["stderr"]!, StringComparison.Ordinal);
        Assert.Contains("network_set", (string)result["stdout"]!, StringComparison.Ordinal);
        Assert.Equal(["registry.npmjs.org:443", "deb.debian.org:80", "github.com:443"], result["network_refused"]!.AsArray().Select(target => (string)target!));
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://10.0.0.1/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f000001/")]
    [InlineData("http://0177.0.0.1/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://[fd00:ec2::254]/")]
    [InlineData("http://127.0.0.2/")]
    [InlineData("https://127.0.0.2/")]
    public async Task No_policy_leads_to_what_is_not_the_internet(string address)
    {
        await using var sandbox = await host.SandboxAsync(new { network = "web" });

        // Given to the proxy as it stands: curl would make the usual form of some of them itself.
        var authority = address.Split('/')[2];
        var request = address.StartsWith("https", StringComparison.Ordinal) ? $"CONNECT {authority}:443 HTTP/1.1" : $"GET {address} HTTP/1.1";
        var answer = await sandbox.ShellAsync($$"""python3 -c 'import socket; s = socket.create_connection(("127.0.0.1", 3128)); s.sendall(b"{{request}}\r\nHost: {{authority}}\r\n\r\n"); print(s.recv(1000).decode())'""");

        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_is_set_shown_and_in_force_at_once_and_the_log_tells_what_happened()
    {
        await using var sandbox = await host.SandboxAsync();
        const string fetch = "curl -s -o /dev/null -w '%{http_code}' http://deb.debian.org/debian/ || true";

        Assert.Equal("403", await sandbox.ShellAsync(fetch));
        var set = await sandbox.CallAsync("network_set", new { allow = new[] { "Deb.Debian.org" } });
        Assert.Equal("200", await sandbox.ShellAsync(fetch));
        await sandbox.CallAsync("network_set", new { preset = "none" });
        Assert.Equal("403", await sandbox.ShellAsync(fetch));
        var got = await sandbox.CallAsync("network_get", new { });
        var refused = await sandbox.CallAsync("network_log", new { decision = "refused", host = "deb.debian.org" });
        var log = await sandbox.CallAsync("network_log", new { limit = 2 });

        Assert.Equal("deb.debian.org", (string)set["allow"]!.AsArray().Single()!);
        Assert.Equal(("none", "nothing"), ((string)got["preset"]!, (string)got["preset_opens"]!));
        Assert.NotEmpty(refused["entries"]!.AsArray());
        Assert.All(refused["entries"]!.AsArray(), entry => Assert.Equal(("refused", "deb.debian.org", 80), ((string)entry!["decision"]!, (string)entry["host"]!, (int)entry["port"]!)));
        var rest = await sandbox.CallAsync("network_log", new { cursor = (string)log["next_cursor"]! });
        Assert.Equal(2, log["entries"]!.AsArray().Count);
        Assert.Contains(rest["entries"]!.AsArray(), entry => (string)entry!["decision"]! is "allowed" && entry["address"] is not null);
    }

    [Fact]
    public async Task An_open_tunnel_is_cut_when_it_is_no_longer_allowed()
    {
        await using var sandbox = await host.SandboxAsync(new { network = "packages" });
        var tunnel = await sandbox.CallAsync("sandbox_exec", new
        {
            argv = new[] { "python3", "-uc", "import socket; s = socket.create_connection(('127.0.0.1', 3128)); s.sendall(b'CONNECT registry.npmjs.org:443 HTTP/1.1\\r\\n\\r\\n'.replace(b'\\r\\n\\r\\n', b'\\r\\nHost: registry.npmjs.org:443\\r\\n\\r\\n')); print(s.recv(1000)); print('end', s.recv(1000))" },
            wait_seconds = 0,
        });
        var id = (string)tunnel["process_id"]!;
        await sandbox.Client.CallAsync("process_output", new { process_id = id, wait_for = "established", wait_seconds = 30 });

        var set = await sandbox.CallAsync("network_set", new { preset = "none" });

        Assert.Equal(1, (int)set["connections_cut"]!);
        var output = await sandbox.Client.CallAsync("process_output", new { process_id = id, wait_for = "end", wait_seconds = 30 });
        Assert.True((bool)output["found"]! || ((string)output["output"]!).Contains("reset", StringComparison.Ordinal), output.ToString());
    }

    [Fact]
    public async Task A_strong_sandbox_has_the_same_way_out_and_no_other()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var client = await host.ConnectAsync();
        var created = await client.CallAsync("sandbox_create", new { isolation = "strong", network = "packages" });
        Assert.SkipWhen((string)created["state"]! is "error", "This machine has no runtime for isolation strong.");
        await using var sandbox = new SandboxClient(await host.ConnectAsync(), (string)created["sandbox_id"]!, created);

        Assert.Equal("200", await sandbox.ShellAsync("curl -s -o /dev/null -w '%{http_code}' http://deb.debian.org/debian/"));
        Assert.Equal("403", await sandbox.ShellAsync("curl -s -o /dev/null -w '%{http_code}' http://example.com/"));
        Assert.NotEqual(0, (int)(await sandbox.ExecAsync("env -u http_proxy curl -s -m 5 --noproxy '*' http://192.0.2.1/"))["exit_code"]!);
    }

    [Fact]
    public async Task A_fork_reaches_what_its_source_could()
    {
        await using var created = await host.SandboxAsync(new { network = "packages" });
        await using var listed = await host.SandboxAsync();
        await listed.CallAsync("network_set", new { allow = new[] { "example.com" } });

        Assert.Equal(("packages", 0), await PolicyOfForkAsync(created));
        Assert.Equal(("none", 1), await PolicyOfForkAsync(listed));
    }

    [Fact]
    public async Task A_stranger_learns_nothing_of_a_sandboxes_network_and_changes_nothing()
    {
        await using var sandbox = await host.SandboxAsync();
        await using var stranger = await Client.StdioAsync(SharedHost.Home, "--workspace", "strangers", "--toolsets", "all");

        foreach (var (tool, arguments) in ((string, object)[])
        [
            ("network_get", new { sandbox_id = sandbox.Id }),
            ("network_set", new { sandbox_id = sandbox.Id, preset = "web" }),
            ("network_log", new { sandbox_id = sandbox.Id }),
        ])
            Assert.Equal("NOT_FOUND", (string)(await stranger.RefusedAsync(tool, arguments))["code"]!);

        Assert.Equal("none", (string)(await sandbox.CallAsync("network_get", new { }))["preset"]!);
    }

    [Theory]
    [InlineData("not a host")]
    [InlineData("https://example.com")]
    [InlineData("*")]
    public async Task What_is_no_host_is_not_taken(string text)
    {
        await using var sandbox = await host.SandboxAsync();

        Assert.Equal("INVALID_INPUT", (string)(await sandbox.RefusedAsync("network_set", new { allow = new[] { text } }))["code"]!);
        Assert.Equal("DENIED", (string)(await sandbox.RefusedAsync("network_set", new { allow = new[] { "10.0.0.1:80" } }))["code"]!);
    }

    private static async Task<(string Preset, int Allowed)> PolicyOfForkAsync(SandboxClient source)
    {
        var fork = (string)(await source.CallAsync("sandbox_fork", new { }))["forks"]!.AsArray().Single()!["sandbox_id"]!;
        var policy = await source.Client.CallAsync("network_get", new { sandbox_id = fork });
        await source.Client.CallAsync("sandbox_destroy", new { sandbox_id = fork });
        return ((string)policy["preset"]!, policy["allow"]!.AsArray().Count);
    }
}
