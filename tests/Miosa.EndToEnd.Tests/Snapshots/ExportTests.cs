using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests.Snapshots;

/// <summary>A snapshot leaves as one file and comes in as one, by links that work once.</summary>
public abstract class ExportTests(SharedHost host)
{
    [Fact]
    public async Task An_exported_snapshot_is_imported_as_it_was_and_can_be_forked()
    {
        await using var sandbox = await host.SandboxAsync();
        await using var client = await Client.StdioAsync(host.HomePath, "--toolsets", "all");
        await sandbox.ShellAsync(
            "mkdir -p tree && seq 1000 | split -l 1 -a 4 - tree/f && ln -s f tree/link && chown -R agent tree && install -m 4750 -o root -g agent /bin/true tree/setuid && find tree -printf '%p %m %u %g %l\\n' -type f -exec sha256sum {} + | sort > /root/seen",
            user: "root");
        var snapshot = (string)(await sandbox.CallAsync("sandbox_snapshot_create", new { }))["snapshot_id"]!;
        var file = await DownloadAsync(await LinkAsync(client, "sandbox_snapshot_export", new { snapshot_id = snapshot }));

        var import = await client.CallAsync("sandbox_snapshot_import", new { name = "brought", size = "medium" });
        using var http = new HttpClient();
        using var answer = await http.PutAsync(new Uri((string)import["url"]!), new ByteArrayContent(file), TestContext.Current.CancellationToken);
        var imported = (string)(await answer.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken))!["snapshot_id"]!;
        var fork = ForkTests.Ids(await client.CallAsync("sandbox_fork", new { snapshot_id = imported })).Single();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal((string)import["snapshot_id"]!, imported);
        Assert.Equal("same", await ForkTests.ShellAsync(client, fork, "find tree -printf '%p %m %u %g %l\\n' -type f -exec sha256sum {} + | sort | cmp - /root/seen && echo same", "root"));
        Assert.Equal("medium", (string)(await client.CallAsync("sandbox_get", new { sandbox_id = fork }))["size"]!);
        var refused = await sandbox.RefusedAsync("sandbox_snapshot_restore", new { snapshot_id = imported });
        Assert.Equal("PRECONDITION_FAILED", (string)refused["code"]!);
        await ForkTests.DestroyAsync(client, [fork]);
        await DeleteAsync(client, snapshot, imported);
    }

    [Fact]
    public async Task A_damaged_or_cut_file_becomes_no_snapshot_and_the_reason_is_told()
    {
        await using var sandbox = await host.SandboxAsync();
        await using var client = await Client.StdioAsync(host.HomePath, "--toolsets", "all");
        // Other tests make snapshots meanwhile; here nobody does.
        await using var importer = await Client.StdioAsync(host.HomePath, "--workspace", "importers", "--toolsets", "all");
        var snapshot = (string)(await sandbox.CallAsync("sandbox_snapshot_create", new { }))["snapshot_id"]!;
        var file = await DownloadAsync(await LinkAsync(client, "sandbox_snapshot_export", new { snapshot_id = snapshot }));
        var damaged = (byte[])file.Clone();
        damaged[damaged.Length / 2] ^= 1;

        foreach (var wrong in (byte[][])[damaged, file[..(file.Length / 2)], [], "not a snapshot"u8.ToArray()])
        {
            var import = await importer.CallAsync("sandbox_snapshot_import", new { });
            using var http = new HttpClient();
            using var answer = await http.PutAsync(new Uri((string)import["url"]!), new ByteArrayContent(wrong), TestContext.Current.CancellationToken);
            var page = await importer.CallAsync("sandbox_snapshot_list", new { });

            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            var row = Assert.Single(page["snapshots"]!.AsArray(), row => (string)row!["snapshot_id"]! == (string)import["snapshot_id"]!)!;
            Assert.Equal("failed", (string)row["state"]!);
            Assert.NotNull((string?)row["reason"]);
            Assert.False(Directory.Exists(Path.Combine(host.Volumes, "snapshots", (string)row["snapshot_id"]!)));
            await DeleteAsync(importer, (string)row["snapshot_id"]!);
        }
        await DeleteAsync(client, snapshot);
    }

    [Fact]
    public async Task A_link_works_once_in_its_direction_and_for_nobody_elses_snapshot()
    {
        await using var sandbox = await host.SandboxAsync();
        await using var client = await Client.StdioAsync(host.HomePath, "--toolsets", "all");
        await using var stranger = await Client.StdioAsync(host.HomePath, "--workspace", "strangers", "--toolsets", "all");
        var snapshot = (string)(await sandbox.CallAsync("sandbox_snapshot_create", new { }))["snapshot_id"]!;
        var link = await LinkAsync(client, "sandbox_snapshot_export", new { snapshot_id = snapshot });
        using var http = new HttpClient();

        using var wrongWay = await http.PutAsync(link, new ByteArrayContent([]), TestContext.Current.CancellationToken);
        await DownloadAsync(link);
        using var again = await http.GetAsync(link, TestContext.Current.CancellationToken);
        var refused = await stranger.RefusedAsync("sandbox_snapshot_export", new { snapshot_id = snapshot });

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (wrongWay.StatusCode, again.StatusCode));
        Assert.Equal("NOT_FOUND", (string)refused["code"]!);
        await DeleteAsync(client, snapshot);
    }

    private static async Task<Uri> LinkAsync(Client client, string tool, object arguments) => new((string)(await client.CallAsync(tool, arguments))["url"]!);

    private static async Task<byte[]> DownloadAsync(Uri link)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(3) };
        return await http.GetByteArrayAsync(link, TestContext.Current.CancellationToken);
    }

    private static async Task DeleteAsync(Client client, params string[] snapshots)
    {
        foreach (var snapshot in snapshots)
            await client.CallAsync("sandbox_snapshot_delete", new { snapshot_id = snapshot });
    }
}
