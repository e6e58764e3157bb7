using System.Text.Json;

namespace Miosa.EndToEnd.Tests.Network;

/// <summary>A host whose operator has named a mirror at a private address, and sandboxes that use it. On its own home, with the shared template.</summary>
public sealed class MirrorTests(SharedHost host)
{
    [Fact]
    public async Task Git_clones_and_pip_installs_from_a_mirror_that_the_operator_named_and_nobody_else_reaches_it()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync();
        var files = Directory.CreateDirectory(Path.Combine(home.Path, "mirror")).FullName;
        await Samples.MakeRepositoryAsync(files);
        Samples.MakePythonIndex(files);
        await using var mirror = await FileServer.StartAsync(files);
        var at = $"{FileServer.Address}:{mirror.Port}";
        Set(home, new { Network = new { Packages = new[] { at }, AllowPrivate = new[] { FileServer.Address } } });
        await using var process = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        await using var client = await Client.StdioAsync(home.Path, "--toolsets", "all");
        var allowed = new SandboxClient(client, (string)(await client.CallAsync("sandbox_create", new { network = "packages" }))["sandbox_id"]!, []);
        var closed = new SandboxClient(client, (string)(await client.CallAsync("sandbox_create", new { network = "none" }))["sandbox_id"]!, []);

        Assert.Equal("cloned", await allowed.ShellAsync($"git clone -q http://{at}/hello.git && cat hello/file"));
        Assert.Equal("installed", await allowed.ShellAsync($"pip install -q --no-index --find-links http://{at}/simple/ --trusted-host {FileServer.Address} miosa-probe && python3 -c 'import miosa_probe'"));
        var refused = await closed.ExecAsync($"git clone -q http://{at}/hello.git");
        Assert.NotEqual(0, (int)refused["exit_code"]!);
        Assert.Contains("403", (string)refused["stderr"]!, StringComparison.Ordinal);
        Assert.Equal(at, (string)refused["network_refused"]!.AsArray().Single()!);
        // What the operator excepted is that address, not the machine.
        var machine = await allowed.ExecAsync($"curl -s -o /dev/null -w '%{{http_code}}' http://127.0.0.3:{mirror.Port}/");
        Assert.Equal("403", (string)machine["stdout"]!);

        await client.CallAsync("sandbox_destroy", new { sandbox_id = allowed.Id });
        await client.CallAsync("sandbox_destroy", new { sandbox_id = closed.Id });
    }

    [Fact]
    public async Task The_way_out_is_there_after_the_host_was_killed_and_is_as_narrow_as_it_was()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync();
        var files = Directory.CreateDirectory(Path.Combine(home.Path, "mirror")).FullName;
        await File.WriteAllTextAsync(Path.Combine(files, "file"), "served", TestContext.Current.CancellationToken);
        await using var mirror = await FileServer.StartAsync(files);
        var at = $"{FileServer.Address}:{mirror.Port}";
        Set(home, new { Network = new { AllowPrivate = new[] { FileServer.Address } } });
        var first = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        await using var client = await Client.StdioAsync(home.Path, "--toolsets", "all");
        var sandbox = new SandboxClient(client, (string)(await client.CallAsync("sandbox_create", new { }))["sandbox_id"]!, []);
        await sandbox.CallAsync("network_set", new { allow = new[] { at } });
        // A program from before, which asks again and again.
        await sandbox.CallAsync("sandbox_exec", new { command = $"while ! test -e go; do sleep 0.1; done; curl -s http://{at}/file > got; curl -s -o /dev/null -w '%{{http_code}}' http://example.com/ >> got; touch done", wait_seconds = 0 });

        await first.KillAsync();
        await using var second = await MiosaProcess.ServeAsync(home.Path, "--http", "none");

        Assert.Equal("served403", await sandbox.ShellAsync("touch go; while ! test -e done; do sleep 0.1; done; cat got"));
        await sandbox.CallAsync("sandbox_destroy", new { });
    }

    private static void Set(BorrowedHome home, object settings) =>
        File.WriteAllText(Path.Combine(home.Path, "settings.json"), JsonSerializer.Serialize(settings));
}
