namespace Miosa.EndToEnd.Tests.Templates;

public sealed class KeepTests(SharedHost host)
{
    [Fact]
    public async Task A_sandbox_is_kept_with_its_work_and_without_what_is_secret()
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        await using var source = await host.SandboxAsync(new { env = new { TOKEN = "secret-of-the-environment" } });
        var name = world.Name("kept");
        await source.ShellAsync("""
            echo work >/workspace/work.txt
            mkdir -p ~/.ssh ~/.aws && echo secret-key >~/.ssh/id_ed25519 && echo secret-aws >~/.aws/credentials
            echo 'machine x password secret-netrc' >~/.netrc; echo https://u:secret-git@example.com >~/.git-credentials
            echo '//registry.example/:_authToken=secret-npm' >>~/.npmrc; echo secret-history >~/.bash_history
            echo secret-in-tmp >/tmp/left; echo API_KEY=1 >/workspace/.env
            """);
        await source.ShellAsync("echo 0123456789abcdef0123456789abcdef >/etc/machine-id; echo secret-host >/etc/ssh/ssh_host_ed25519_key; apt list --installed >/dev/null 2>&1; touch /usr/local/bin/installed", "root");
        await source.ExecAsync("sleep 1000", wait: 0);

        var kept = await world.BuiltAsync("sandbox_template_create", new { name, sandbox_id = source.Id, description = "As it was." });
        await using var sandbox = await world.SandboxAsync(name);

        Assert.Equal("work", await sandbox.ShellAsync("cat /workspace/work.txt; ls /usr/local/bin/installed >/dev/null"));
        Assert.Equal("", await sandbox.ShellAsync("env | grep -i secret; grep -rIl secret- /root /home /etc /tmp /workspace /var/log 2>/dev/null; cat /etc/machine-id; ls -A /tmp", "root"));
        Assert.Equal("", await sandbox.ShellAsync("pgrep -x sleep || true"));
        Assert.Contains("prefix=", await sandbox.ShellAsync("cat ~/.npmrc"), StringComparison.Ordinal);
        Assert.Contains("/home/agent/.ssh", kept["notes"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("/workspace/.env", kept["notes"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(("As it was.", "sandbox"), ((string)kept["description"]!, (string)kept["origin"]!));

        // The source is as it was.
        Assert.Equal("secret-key", await source.ShellAsync("cat ~/.ssh/id_ed25519"));
    }

    [Fact]
    public async Task A_name_that_stands_for_a_kept_sandbox_is_not_given_to_another()
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        await using var source = await host.SandboxAsync();
        var name = world.Name("once");
        await world.BuiltAsync("sandbox_template_create", new { name, sandbox_id = source.Id });

        Assert.Equal("CONFLICT", (string)(await world.Client.RefusedAsync("sandbox_template_create", new { name, sandbox_id = source.Id }))["code"]!);
        Assert.Equal("CONFLICT", (string)(await world.Client.RefusedAsync("sandbox_template_create", new { name, build_spec = LayerTests.Spec() }))["code"]!);
    }

    [Fact]
    public async Task A_sandbox_of_another_workspace_cannot_be_kept()
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        await using var source = await host.SandboxAsync();
        await using var other = await Client.StdioAsync(SharedHost.Home, "--toolsets", "default,templates", "--workspace", "another");

        var refused = await other.RefusedAsync("sandbox_template_create", new { name = "stolen", sandbox_id = source.Id });

        Assert.Equal("NOT_FOUND", (string)refused["code"]!);
    }
}
