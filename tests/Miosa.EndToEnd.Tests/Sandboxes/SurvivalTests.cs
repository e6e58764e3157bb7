namespace Miosa.EndToEnd.Tests.Sandboxes;

/// <summary>The host is killed, stopped and started under a sandbox that goes on. On its own home, with the shared template.</summary>
public sealed class SurvivalTests(SharedHost host)
{
    [Fact]
    public async Task A_killed_host_loses_nothing_and_the_next_finds_everything()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync();
        var first = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        await using var client = await Client.StdioAsync(home.Path);
        var id = (string)(await client.CallAsync("sandbox_create", new { name = "survivor" }))["sandbox_id"]!;
        await client.CallAsync("sandbox_write_file", new { sandbox_id = id, path = "kept.txt", content = "kept" });
        var server = await client.CallAsync("sandbox_exec", new { sandbox_id = id, command = "echo before; while ! test -e go; do sleep 0.05; done; echo after; exit 7", wait_seconds = 0 });
        var process = (string)server["process_id"]!;

        await first.KillAsync();
        await using var second = await MiosaProcess.ServeAsync(home.Path, "--http", "none");

        // The same client, over the same bridge, which found the new host by itself.
        var got = await client.CallAsync("sandbox_get", new { sandbox_id = id });
        await client.CallAsync("sandbox_write_file", new { sandbox_id = id, path = "go", content = "" });
        var output = await client.CallAsync("process_output", new { process_id = process, wait_seconds = 30, wait_for = "after" });
        var read = await client.CallAsync("sandbox_read_file", new { sandbox_id = id, path = "kept.txt" });
        await client.CallAsync("sandbox_destroy", new { sandbox_id = id });

        Assert.Equal("running", (string)got["state"]!);
        Assert.Equal("before\nafter\n", (string)output["output"]!);
        Assert.Equal("kept\n", (string)read["text"]!);
    }

    [Fact]
    public async Task A_machine_that_ended_under_a_sandbox_is_told_and_its_files_are_there()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync();
        var first = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        await using var client = await Client.StdioAsync(home.Path);
        var id = (string)(await client.CallAsync("sandbox_create", new { }))["sandbox_id"]!;
        await client.CallAsync("sandbox_write_file", new { sandbox_id = id, path = "kept.txt", content = "kept" });
        var process = (string)(await client.CallAsync("sandbox_exec", new { sandbox_id = id, command = "echo said; sleep 600", wait_seconds = 1 }))["process_id"]!;

        await first.KillAsync();
        home.KillSandboxes();
        await using var second = await MiosaProcess.ServeAsync(home.Path, "--http", "none");

        var output = await client.CallAsync("process_output", new { process_id = process });
        var read = await client.CallAsync("sandbox_read_file", new { sandbox_id = id, path = "kept.txt" });
        await client.CallAsync("sandbox_destroy", new { sandbox_id = id });

        Assert.Equal("gone", (string)output["status"]!);
        Assert.Equal("said\n", (string)output["output"]!);
        Assert.Equal("kept\n", (string)read["text"]!);
    }
}
