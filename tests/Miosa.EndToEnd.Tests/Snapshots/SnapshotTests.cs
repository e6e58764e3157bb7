using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests.Snapshots;

public abstract class SnapshotTests(SharedHost host)
{
    [Fact]
    public async Task A_restore_brings_all_files_back_keeps_the_sandbox_and_can_itself_be_undone()
    {
        await using var sandbox = await host.SandboxAsync(new { name = $"restored-{Guid.NewGuid():n}", env = new { KEPT = "yes" } });
        await sandbox.ShellAsync("echo one > file; echo one > /etc/state", user: "root");
        var snapshot = (string)(await sandbox.CallAsync("sandbox_snapshot_create", new { comment = "before the change" }))["snapshot_id"]!;
        await sandbox.ShellAsync("echo two > file; rm /etc/state; echo new > other", user: "root");
        var process = (string)(await sandbox.CallAsync("sandbox_exec", new { command = "sleep 600", wait_seconds = 0 }))["process_id"]!;
        var before = await sandbox.CallAsync("sandbox_get", new { });

        var restored = await sandbox.CallAsync("sandbox_snapshot_restore", new { snapshot_id = snapshot });
        var after = await sandbox.ShellAsync("cat file /etc/state; test -e other || echo gone; echo $KEPT");
        var undone = await sandbox.CallAsync((string)restored["undo"]!["tool"]!, new { snapshot_id = (string)restored["undo"]!["snapshot_id"]! });
        var back = await sandbox.ShellAsync("cat file other; test -e /etc/state || echo gone");

        Assert.Equal("running", (string)restored["state"]!);
        Assert.Equal("one\none\ngone\nyes", after);
        Assert.Equal("two\nnew\ngone", back);
        Assert.Equal([process], restored["processes_ended"]!.AsArray().Select(id => (string)id!));
        Assert.Equal("gone", (string)(await sandbox.Client.CallAsync("process_output", new { process_id = process }))["status"]!);
        Assert.Empty(undone["processes_ended"]!.AsArray());
        var now = await sandbox.CallAsync("sandbox_get", new { });
        Assert.All(["id", "name", "created_at", "size"], field => Assert.Equal((string)before[field]!, (string)now[field]!));
    }

    [Fact]
    public async Task Snapshots_are_listed_by_pages_with_the_latest_first_and_can_be_deleted()
    {
        await using var sandbox = await host.SandboxAsync();
        await using var client = await Client.StdioAsync(host.HomePath, "--toolsets", "all");
        List<string> made = [];
        for (var i = 0; i < 5; i++)
            made.Add((string)(await sandbox.CallAsync("sandbox_snapshot_create", new { name = $"s{i}", comment = "c" }))["snapshot_id"]!);

        var first = await client.CallAsync("sandbox_snapshot_list", new { sandbox_id = sandbox.Id, limit = 3 });
        var second = await client.CallAsync("sandbox_snapshot_list", new { sandbox_id = sandbox.Id, limit = 3, cursor = (string)first["next_cursor"]! });
        await client.CallAsync("sandbox_snapshot_delete", new { snapshot_id = made[0] });
        var refused = await sandbox.RefusedAsync("sandbox_snapshot_restore", new { snapshot_id = made[0] });

        Assert.Equal(["s4", "s3", "s2", "s1", "s0"], first["snapshots"]!.AsArray().Concat(second["snapshots"]!.AsArray()).Select(row => (string)row!["name"]!));
        Assert.Null(second["next_cursor"]);
        Assert.Equal("NOT_FOUND", (string)refused["code"]!);
        Assert.False(Directory.Exists(Path.Combine(host.Volumes, "snapshots", made[0])));
        foreach (var id in made.Skip(1))
            await client.CallAsync("sandbox_snapshot_delete", new { snapshot_id = id });
    }

    [Fact]
    public async Task A_sandbox_takes_back_only_what_was_its_own_and_another_workspace_learns_nothing()
    {
        await using var one = await host.SandboxAsync();
        await using var two = await host.SandboxAsync();
        await using var stranger = await Client.StdioAsync(host.HomePath, "--workspace", "strangers-to-snapshots", "--toolsets", "all");
        var snapshot = (string)(await one.CallAsync("sandbox_snapshot_create", new { }))["snapshot_id"]!;

        var others = await two.RefusedAsync("sandbox_snapshot_restore", new { snapshot_id = snapshot });
        (string Tool, object Arguments)[] attempts =
        [
            ("sandbox_snapshot_create", new { sandbox_id = one.Id }),
            ("sandbox_snapshot_restore", new { sandbox_id = one.Id, snapshot_id = snapshot }),
            ("sandbox_snapshot_delete", new { snapshot_id = snapshot }),
            ("sandbox_fork", new { snapshot_id = snapshot }),
            ("sandbox_fork", new { sandbox_id = one.Id }),
        ];
        var refusals = await Task.WhenAll(attempts.Select(attempt => stranger.RefusedAsync(attempt.Tool, attempt.Arguments)));

        Assert.Equal("PRECONDITION_FAILED", (string)others["code"]!);
        Assert.All(refusals, refusal => Assert.Equal("NOT_FOUND", (string)refusal["code"]!));
        Assert.Equal(0, (int)(await stranger.CallAsync("sandbox_snapshot_list", new { }))["count"]!);
        Assert.Equal(0, (int)(await stranger.CallAsync("sandbox_snapshot_list", new { sandbox_id = one.Id }))["count"]!);
    }

    [Fact]
    public async Task A_sandbox_that_does_not_run_is_kept_and_put_back_without_being_started()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync(host);
        await using var server = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        await using var client = await Client.StdioAsync(home.Path);
        var id = (string)(await client.CallAsync("sandbox_create", new { }))["sandbox_id"]!;
        await client.CallAsync("sandbox_write_file", new { sandbox_id = id, path = "file", content = "one" });
        home.KillSandboxes();
        await WaitForAsync(client, id, "paused");

        var snapshot = (string)(await client.CallAsync("sandbox_snapshot_create", new { sandbox_id = id }))["snapshot_id"]!;
        await client.CallAsync("sandbox_write_file", new { sandbox_id = id, path = "file", content = "two" });
        home.KillSandboxes();
        await WaitForAsync(client, id, "paused");
        var restored = await client.CallAsync("sandbox_snapshot_restore", new { sandbox_id = id, snapshot_id = snapshot });

        Assert.Equal("paused", (string)restored["state"]!);
        Assert.Equal("one\n", (string)(await client.CallAsync("sandbox_read_file", new { sandbox_id = id, path = "file" }))["text"]!);
        await client.CallAsync("sandbox_destroy", new { sandbox_id = id });
    }

    private static async Task WaitForAsync(Client client, string id, string state)
    {
        var started = TimeProvider.System.GetTimestamp();
        JsonObject sandbox;
        while ((string)(sandbox = await client.CallAsync("sandbox_get", new { sandbox_id = id }))["state"]! != state)
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(20), sandbox.ToJsonString());
    }
}
