using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests.Workspaces;

/// <summary>A company's folder in a sandbox, as people and agents use it: the program, real machines.</summary>
public sealed class FolderTests(SharedHost host)
{
    [Fact]
    public async Task A_contract_that_an_agent_writes_in_the_sandbox_is_in_force_soon_after()
    {
        var workspace = Workspace();
        await using var client = await ConnectAsync(workspace);

        var opened = await client.CallAsync("workspace_open", new { });
        var sandbox = (string)opened["sandbox_id"]!;
        await WriteAsync(client, sandbox, "SYSTEM.md", "# Acme\n\nNever promise a date.\n");
        await WriteAsync(client, sandbox, "company.yaml", "name: Acme Bicycles\n");

        var pack = await UntilAsync(client, pack => (string?)pack["company"] is "Acme Bicycles" && ((string)pack["boot"]!).Contains("promise", StringComparison.Ordinal));
        Assert.Equal(workspace, (string)pack["workspace"]!);
        Assert.Equal(sandbox, (string)(await client.CallAsync("workspace_open", new { }))["sandbox_id"]!);
        await client.CallAsync("sandbox_destroy", new { sandbox_id = sandbox });
    }

    [Fact]
    public async Task A_sleeping_sandbox_is_not_woken_by_who_reads_its_contract()
    {
        await using var client = await ConnectAsync(Workspace());
        var sandbox = (string)(await client.CallAsync("workspace_open", new { }))["sandbox_id"]!;
        await WriteAsync(client, sandbox, "SYSTEM.md", "# Acme\n");
        await UntilAsync(client, _ => true);
        await client.CallAsync("sandbox_pause", new { sandbox_id = sandbox, stop = true });

        Assert.NotEmpty(await client.Mcp.ListResourcesAsync(cancellationToken: TestContext.Current.CancellationToken));
        await client.CallAsync("workspace_get", new { });
        await client.CallAsync("workspace_validate", new { });

        Assert.Equal("paused", (string)(await client.CallAsync("sandbox_get", new { sandbox_id = sandbox }))["state"]!);
        await client.CallAsync("sandbox_destroy", new { sandbox_id = sandbox });
    }

    [Fact]
    public async Task Links_that_an_agent_lays_lead_nowhere()
    {
        await using var client = await ConnectAsync(Workspace());
        var sandbox = (string)(await client.CallAsync("workspace_open", new { }))["sandbox_id"]!;
        await WriteAsync(client, sandbox, "SYSTEM.md", "# Acme\n");
        await client.CallAsync("sandbox_exec", new { sandbox_id = sandbox, command = "mkdir -p agents artifacts && ln -s /etc/passwd agents/a.md && ln -s ../../../etc/passwd agents/b.md && ln -s / skills && mkfifo runbooks.md && ln -s /etc artifacts/etc" });
        await UntilAsync(client, _ => true);

        var problems = await client.CallAsync("workspace_validate", new { });

        Assert.Contains("agents/a.md", problems["notes"]!.ToJsonString(), StringComparison.Ordinal);
        var listed = await client.Mcp.ListResourcesAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.DoesNotContain(listed, resource => resource.Uri.StartsWith("workspace://agents/", StringComparison.Ordinal));
        await client.CallAsync("sandbox_destroy", new { sandbox_id = sandbox });
    }

    [Fact]
    public async Task A_directory_goes_in_and_comes_out_again_and_nothing_is_overwritten_unasked()
    {
        var workspace = Workspace();
        await using var client = await ConnectAsync(workspace);
        using var source = new Company();
        await RunAsync("git", "-C", source.Path, "init", "-q");

        var (code, output) = await MiosaProcess.RunAsync("workspace", "import", source.Path, "--workspace", workspace, "--home", SharedHost.Home);
        Assert.True(code is 0, output);
        var sandbox = (string)(await client.CallAsync("workspace_open", new { }))["sandbox_id"]!;
        var git = await client.CallAsync("sandbox_exec", new { sandbox_id = sandbox, command = "git status --short && readlink CLAUDE.md && test -x tool.sh" });
        Assert.True((int)git["exit_code"]! is 0, git.ToJsonString());
        Assert.Equal("Acme", (string)(await client.CallAsync("workspace_get", new { }))["company"]!);

        File.WriteAllText(Path.Combine(source.Path, "SYSTEM.md"), "# Other\n");
        Assert.Equal(1, (await MiosaProcess.RunAsync("workspace", "import", source.Path, "--workspace", workspace, "--home", SharedHost.Home)).Code);
        Assert.Contains("# Acme", (string)(await client.CallAsync("workspace_get", new { }))["boot"]!, StringComparison.Ordinal);
        var (forced, said) = await MiosaProcess.RunAsync("workspace", "import", source.Path, "--force", "--workspace", workspace, "--home", SharedHost.Home);
        Assert.True(forced is 0 && said.Contains("kept as snap_", StringComparison.Ordinal), said);
        Assert.Contains("# Other", (string)(await client.CallAsync("workspace_get", new { }))["boot"]!, StringComparison.Ordinal);

        await client.CallAsync("sandbox_exec", new { sandbox_id = sandbox, command = "printf '#!/bin/sh\\ntouch /tmp/owned\\n' > .git/hooks/post-checkout; ln -s /etc/passwd out.md; ln -s ../../.. up" });
        using var target = new Company(isEmpty: true);
        var (exported, told) = await MiosaProcess.RunAsync("workspace", "export", target.Path, "--workspace", workspace, "--home", SharedHost.Home);
        Assert.True(exported is 0, told);
        Assert.Equal("# Other\n", File.ReadAllText(Path.Combine(target.Path, "SYSTEM.md")));
        Assert.Equal("SYSTEM.md", new FileInfo(Path.Combine(target.Path, "CLAUDE.md")).LinkTarget);
        Assert.False(Directory.Exists(Path.Combine(target.Path, ".git")));
        Assert.Null(new FileInfo(Path.Combine(target.Path, "out.md")).LinkTarget);
        Assert.Null(new FileInfo(Path.Combine(target.Path, "up")).LinkTarget);

        Assert.StartsWith($"{sandbox}:/workspace", (await MiosaProcess.RunAsync("workspace", "path", "--workspace", workspace, "--home", SharedHost.Home)).Output, StringComparison.Ordinal);
        await client.CallAsync("sandbox_destroy", new { sandbox_id = sandbox });
    }

    [Fact]
    public async Task A_folder_of_this_machine_is_a_workspace_by_one_option_and_its_agents_are_known()
    {
        using var source = new Company();
        await using var founder = await Client.StdioAsync(SharedHost.Home, "--workspace-dir", source.Path, "--workspace", source.Name, "--agent", "founder");

        Assert.Contains("You act as `founder`", founder.Mcp.ServerInstructions, StringComparison.Ordinal);
        Assert.Equal("founder", (string)(await founder.CallAsync("workspace_get", new { }))["agent"]!);
        Assert.Contains(await founder.Mcp.ListPromptsAsync(cancellationToken: TestContext.Current.CancellationToken), prompt => prompt.Name is "agent-founder");
        Assert.Equal(source.Path, (await MiosaProcess.RunAsync("workspace", "path", "--workspace", source.Name, "--home", SharedHost.Home)).Output.Trim());
        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => Client.StdioAsync(SharedHost.Home, "--workspace", source.Name, "--agent", "intruder"));
        Assert.Contains("founder", refusal.Message, StringComparison.Ordinal);
    }

    private Task<Client> ConnectAsync(string workspace)
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        return Client.StdioAsync(SharedHost.Home, "--toolsets", "all", "--workspace", workspace);
    }

    private static string Workspace() => $"ws-{Guid.NewGuid():n}"[..20];

    private static Task<JsonObject> WriteAsync(Client client, string sandbox, string path, string content) =>
        client.CallAsync("sandbox_write_file", new { sandbox_id = sandbox, path = $"/workspace/{path}", content });

    /// <summary>The boot pack, once there is one that is so. The watch of the folder has its own pace, within a second.</summary>
    private static async Task<JsonObject> UntilAsync(Client client, Func<JsonObject, bool> isSo)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var result = await client.RawAsync("workspace_get", new { });
            if (result.IsError is not true && JsonNode.Parse(Client.Text(result))!.AsObject() is var pack && isSo(pack))
                return pack;
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30), $"The folder was not read in time: {Client.Text(result)}");
            await Task.Yield();
        }
    }

    private static async Task RunAsync(string program, params IReadOnlyList<string> arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>A small company in a directory of its own.</summary>
    private sealed class Company : IDisposable
    {
        public Company(bool isEmpty = false)
        {
            Path = Directory.CreateTempSubdirectory("miosa-company-").FullName;
            if (isEmpty)
                return;
            File.WriteAllText(System.IO.Path.Combine(Path, "SYSTEM.md"), "# Acme\n");
            File.WriteAllText(System.IO.Path.Combine(Path, "company.yaml"), "name: Acme\n");
            File.WriteAllText(System.IO.Path.Combine(Path, "tool.sh"), "#!/bin/sh\n");
            File.SetUnixFileMode(System.IO.Path.Combine(Path, "tool.sh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Directory.CreateDirectory(System.IO.Path.Combine(Path, "agents"));
            File.WriteAllText(System.IO.Path.Combine(Path, "agents/founder.md"), "---\nid: founder\ntitle: Founder\n---\nDecides.\n");
            File.CreateSymbolicLink(System.IO.Path.Combine(Path, "CLAUDE.md"), "SYSTEM.md");
        }

        public string Path { get; }

        public string Name => System.IO.Path.GetFileName(Path);

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
