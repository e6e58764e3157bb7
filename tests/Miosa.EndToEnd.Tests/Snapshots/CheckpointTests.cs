namespace Miosa.EndToEnd.Tests.Snapshots;

/// <summary>What takes something away says how to get it back.</summary>
public abstract class CheckpointTests(SharedHost host)
{
    [Fact]
    public async Task A_sandbox_whose_files_were_lost_can_be_destroyed()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var client = await host.ConnectAsync();
        var id = (string)(await client.CallAsync("sandbox_create", new { }))["sandbox_id"]!;
        await client.CallAsync("sandbox_pause", new { sandbox_id = id, stop = true });
        Directory.Delete(Path.Combine(host.Volumes, "sandboxes", id), recursive: true);

        var destroyed = await client.CallAsync("sandbox_destroy", new { sandbox_id = id });

        Assert.Equal("destroyed", (string)destroyed["state"]!);
        Assert.Null(destroyed["undo"]);
    }

    [Fact]
    public async Task A_deleted_tree_comes_back_by_the_handle_in_the_answer()
    {
        await using var sandbox = await host.SandboxAsync();
        await sandbox.ShellAsync("mkdir -p project/src && echo work > project/src/main");

        var deleted = await sandbox.CallAsync("sandbox_delete_file", new { path = "project", recursive = true });
        Assert.Equal("gone", await sandbox.ShellAsync("test -e project || echo gone"));
        var undo = deleted["undo"]!;
        await sandbox.Client.CallAsync((string)undo["tool"]!, new { sandbox_id = (string)undo["sandbox_id"]!, snapshot_id = (string)undo["snapshot_id"]! });

        Assert.Equal("work", await sandbox.ShellAsync("cat project/src/main"));
        Assert.NotNull(undo["until"]);
    }

    [Fact]
    public async Task A_destroyed_sandbox_comes_back_as_a_fork_of_its_last_snapshot()
    {
        await using var keeper = await host.SandboxAsync();
        var id = (string)(await keeper.Client.CallAsync("sandbox_create", new { }))["sandbox_id"]!;
        await keeper.Client.CallAsync("sandbox_write_file", new { sandbox_id = id, path = "file", content = "last" });

        var undo = (await keeper.Client.CallAsync("sandbox_destroy", new { sandbox_id = id }))["undo"]!;
        var again = ForkTests.Ids(await keeper.Client.CallAsync((string)undo["tool"]!, new { snapshot_id = (string)undo["snapshot_id"]! })).Single();

        Assert.Equal("last", await ForkTests.ShellAsync(keeper.Client, again, "cat file"));
        await ForkTests.DestroyAsync(keeper.Client, [again]);
        // Nothing is left to keep the second time.
        Assert.Null((await keeper.Client.CallAsync("sandbox_destroy", new { sandbox_id = again }))["undo"]);
    }

    [Fact]
    public async Task A_call_that_changed_nothing_leaves_no_checkpoint()
    {
        await using var sandbox = await host.SandboxAsync();
        await using var client = await Client.StdioAsync(host.HomePath, "--toolsets", "all");

        await sandbox.RefusedAsync("sandbox_delete_file", new { path = "nothing" });

        Assert.Equal(0, (int)(await client.CallAsync("sandbox_snapshot_list", new { sandbox_id = sandbox.Id }))["count"]!);
    }

    [Fact]
    public async Task Of_many_checkpoints_the_latest_are_kept_and_none_that_a_person_took_is_pushed_out()
    {
        await using var sandbox = await host.SandboxAsync();
        await using var client = await Client.StdioAsync(host.HomePath, "--toolsets", "all");
        var own = (string)(await sandbox.CallAsync("sandbox_snapshot_create", new { name = "mine" }))["snapshot_id"]!;
        await sandbox.ShellAsync("seq 25 | xargs touch");

        foreach (var i in Enumerable.Range(1, 25))
            await sandbox.CallAsync("sandbox_delete_file", new { path = $"{i}" });
        var first = await client.CallAsync("sandbox_snapshot_list", new { sandbox_id = sandbox.Id, limit = 15 });
        var second = await client.CallAsync("sandbox_snapshot_list", new { sandbox_id = sandbox.Id, limit = 15, cursor = (string)first["next_cursor"]! });
        var all = first["snapshots"]!.AsArray().Concat(second["snapshots"]!.AsArray()).ToList();

        Assert.Equal(20, all.Count(snapshot => (bool)snapshot!["automatic"]!));
        Assert.Equal(own, (string)Assert.Single(all, snapshot => !(bool)snapshot!["automatic"]!)!["snapshot_id"]!);
        await client.CallAsync("sandbox_snapshot_delete", new { snapshot_id = own });
    }

    [Fact]
    public async Task Switched_off_nothing_is_kept()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync(host);
        await home.SetAsync(new { Snapshots = new { Checkpoints = false } });
        await using var server = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        await using var client = await Client.StdioAsync(home.Path, "--toolsets", "all");
        var id = (string)(await client.CallAsync("sandbox_create", new { }))["sandbox_id"]!;

        var destroyed = await client.CallAsync("sandbox_destroy", new { sandbox_id = id });

        Assert.Null(destroyed["undo"]);
        Assert.Equal(0, (int)(await client.CallAsync("sandbox_snapshot_list", new { }))["count"]!);
    }
}
