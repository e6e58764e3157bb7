using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests.Snapshots;

/// <summary>A disk without room for anything new.</summary>
public abstract class FullDiskTests(SharedHost host)
{
    private static readonly object Plenty = new { Sandboxes = new { LeastFreeMiB = 1_000_000_000 } };

    [Fact]
    public async Task A_full_disk_refuses_what_is_new_damages_nothing_and_can_be_got_out_of()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync(host);
        string id, snapshot;
        await using (await MiosaProcess.ServeAsync(home.Path, "--http", "none"))
        {
            await using var before = await Client.StdioAsync(home.Path);
            id = (string)(await before.CallAsync("sandbox_create", new { name = "present" }))["sandbox_id"]!;
            await before.CallAsync("sandbox_write_file", new { sandbox_id = id, path = "file", content = "kept" });
            snapshot = (string)(await before.CallAsync("sandbox_snapshot_create", new { sandbox_id = id }))["snapshot_id"]!;
        }
        await home.SetAsync(Plenty);
        await using var server = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        await using var client = await Client.StdioAsync(home.Path, "--toolsets", "all");
        var process = (string)(await client.CallAsync("sandbox_exec", new { sandbox_id = id, command = "sleep 600", wait_seconds = 0 }))["process_id"]!;

        JsonObject[] refusals =
        [
            await client.RefusedAsync("sandbox_create", new { name = "new" }),
            await client.RefusedAsync("sandbox_snapshot_create", new { sandbox_id = id }),
            await client.RefusedAsync("sandbox_snapshot_restore", new { sandbox_id = id, snapshot_id = snapshot }),
            await client.RefusedAsync("sandbox_fork", new { sandbox_id = id }),
            await client.RefusedAsync("sandbox_fork", new { snapshot_id = snapshot }),
        ];
        var kept = await client.RefusedAsync("sandbox_delete_file", new { sandbox_id = id, path = "file" });

        Assert.All(refusals, refusal => Assert.Equal("DISK_FULL", (string)refusal["code"]!));
        Assert.Equal("PRECONDITION_FAILED", (string)kept["code"]!);
        Assert.Equal("kept", await ForkTests.ShellAsync(client, id, "cat file"));
        Assert.Equal("running", (string)(await client.CallAsync("process_output", new { process_id = process }))["status"]!);
        Assert.Equal(id, (string)(await client.CallAsync("sandbox_create", new { name = "present" }))["sandbox_id"]!);
        Assert.Single((await client.CallAsync("sandbox_list", new { }))["sandboxes"]!.AsArray());
        var destroyed = await client.CallAsync("sandbox_destroy", new { sandbox_id = id });
        Assert.Contains("MiB are free", (string)destroyed["undo"]!["unavailable"]!, StringComparison.Ordinal);
        await client.CallAsync("sandbox_snapshot_delete", new { snapshot_id = snapshot });
    }
}
