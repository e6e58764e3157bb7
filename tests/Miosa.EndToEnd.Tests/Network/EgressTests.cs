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
    public async Task Node_says_nothing_on_stderr_where_there_is_nothing_to_fetch()
    {
        await using var sandbox = await host.SandboxAsync();

        Assert.Equal("", (string?)(await sandbox.ExecAsync("node -e 1"))["stderr"] ?? "");
        await sandbox.CallAsync("network_set", new { preset = "packages" });
        Assert.Equal("1", await sandbox.ShellAsync("echo $NODE_USE_ENV_PROXY"));
    }

    [Fact]
    public async Task Nothing_is_reached_where_nobody_allowed_it_and_the_command_and_its_caller_are_told()
    {
        await using var sandbox = await host.SandboxAsync();

        var result = await sandbox.ExecAsync("curl -sS https://registry.npmjs.org/ ; curl -sS http://deb.debian.org/debian/ ; npm install is-odd --fetch-retries=0 ; git ls-remote https://github.com/git/git");

        Assert.NotEqual(0, (int)result["exit_code"]!);
        Assert.Contains("403", (string)result["stderr"]!, StringComparison.Ordinal);
        Assert.Contains("network_set", (string)result["stdout"]!, StringComparison.Ordinal);
        Assert.Equal(["registry.npmjs.org:443", "deb.debian.org:80", "github.com:443"], result["network_refused"]!.AsArray().Select(target => (string)target!));
    }

    /// <summary>Each is said to the proxy as it stands, from inside: curl would make the usual form of many of them itself.</summary>
    [Fact]
    public async Task No_policy_and_no_spelling_leads_to_what_is_not_the_internet()
    {
        (int Status, string Target)[] cases =
        [
            .. new[]
            {
                "169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "100.100.100.200", "0.0.0.0", "127.0.0.1", "127.0.0.2", "127.0.0.1.", "255.255.255.255",
                // One number, octal, hexadecimal, short forms
                "2130706433", "0", "017700000001", "0x7f000001", "0X7F000001", "0177.0.0.1", "0x7f.0.0.1", "0x7f.1", "127.1", "127.0.1", "127.0.0.01", "127.0.0.0x1", "0x7f.1.",
                // IPv6, and IPv4 inside of it
                "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::FFFF:127.0.0.1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]",
                "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fd00:ec2::254]", "[fe80::1]", "[fe80::1%eth0]", "[fe80::1%25eth0]", "[ff02::1]",
                // Names of this machine
                "localhost", "localhost.", "LocalHost", "LOCALHOST.",
                // Somebody before the host, who is none of the host
                "registry.npmjs.org@127.0.0.2", "registry.npmjs.org:80@127.0.0.2", "user:password@127.0.0.2", "registry.npmjs.org\\@127.0.0.2", "127.0.0.2\\@registry.npmjs.org",
                // Encoded, and what only looks like a host
                "127%2e0%2e0%2e1", "%31%32%37.0.0.1", "registry.npmjs.org%00.127.0.0.2", "registry.npmjs.org..", ".127.0.0.1", "registry.npmjs.org:65616", "registry.npmjs.org:080", "registry.npmjs.org:80:80",
            }.SelectMany(host => ((int, string)[])[(403, $"GET http://{host}/"), (403, $"CONNECT {host}{(HasPort(host) ? "" : ":443")}")]),
            // Not the web's ports, which nobody has named
            (403, "CONNECT registry.npmjs.org:25"), (403, "CONNECT registry.npmjs.org:22"), (403, "CONNECT registry.npmjs.org:6379"), (403, "GET http://registry.npmjs.org:8080/"),
            // No requests at all: letters of other alphabets that some library takes for these, two hosts, other schemes
            (400, "GET http://b\u00fccher.example/"), (400, "GET http://\uff11\uff12\uff17.0.0.1/"), (400, "GET http://127\u30020\u30020\u30021/"), (400, "CONNECT \u2460\u2461\u2466.0.0.1:443"),
            (400, "GET http://127.0.0.2#@registry.npmjs.org/"), (400, "GET https://127.0.0.1/"), (400, "GET ftp://127.0.0.1/"), (400, "GET file:///etc/passwd"), (400, "GET /etc/passwd"), (400, "GET //127.0.0.1/"),
        ];
        await using var sandbox = await host.SandboxAsync(new { network = "web" });
        await sandbox.CallAsync("network_set", new { preset = "web", allow = new[] { "localhost", "localhost:443" } });
        const string program =
            """
            import json, socket, sys
            for line in json.load(open("asked.json")):
                s = socket.create_connection(("127.0.0.1", 3128))
                authority = line.split()[1].split("//")[-1].split("/")[0]
                s.sendall(f"{line} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
                print(s.recv(1000).decode().split()[1])
                s.close()
            """;
        await sandbox.CallAsync("sandbox_write_file", new { path = "/workspace/ask.py", content = program });
        await sandbox.CallAsync("sandbox_write_file", new { path = "/workspace/asked.json", content = System.Text.Json.JsonSerializer.Serialize(cases.Select(each => each.Target)) });

        var answers = (await sandbox.ShellAsync("python3 ask.py")).Split('\n');

        Assert.Equal(cases.Select(each => $"{each.Status} {each.Target}"), answers.Zip(cases, (status, each) => $"{status} {each.Target}"));

        static bool HasPort(string host) => host.LastIndexOf(':') > host.LastIndexOfAny([']', '@']);
    }

    [Fact]
    public async Task A_host_that_says_one_thing_and_a_target_that_says_another_are_no_request()
    {
        await using var sandbox = await host.SandboxAsync(new { network = "packages" });
        foreach (var (line, named) in ((string, string)[])[("GET http://registry.npmjs.org/", "127.0.0.1"), ("GET http://registry.npmjs.org/", "registry.npmjs.org:8080"), ("CONNECT registry.npmjs.org:443", "127.0.0.1:443"), ("CONNECT registry.npmjs.org:443", "registry.npmjs.org@127.0.0.1")])
        {
            var answer = await sandbox.ShellAsync($$"""python3 -c 'import socket; s = socket.create_connection(("127.0.0.1", 3128)); s.sendall(b"{{line}} HTTP/1.1\r\nHost: {{named}}\r\n\r\n"); print(s.recv(1000).decode())'""");

            Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        }
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
