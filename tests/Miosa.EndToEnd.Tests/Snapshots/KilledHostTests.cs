using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests.Snapshots;

/// <summary>The host is killed again and again in the middle of snapshots, restores and forks.</summary>
public abstract class KilledHostTests(SharedHost host)
{
    private const int Files = 40;

    /// <summary>Longer than any of the three takes, so that some are killed before, some in and some after it.</summary>
    private const int LatestKill = 300;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    protected virtual int Kills => 30;

    [Fact]
    public async Task A_host_killed_at_any_moment_leaves_every_sandbox_and_snapshot_whole_and_nothing_behind()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync(host);
        var server = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        await using var client = await Client.StdioAsync(home.Path, "--toolsets", "all");
        var id = (string)(await client.CallAsync("sandbox_create", new { }))["sandbox_id"]!;
        var snapshots = new string[3];
        for (var version = 0; version < snapshots.Length; version++)
        {
            await ForkTests.ShellAsync(client, id, $"for i in $(seq {Files}); do echo {version} > file$i; done");
            snapshots[version] = (string)(await client.CallAsync("sandbox_snapshot_create", new { sandbox_id = id }))["snapshot_id"]!;
        }

        for (var round = 0; round < Kills; round++)
        {
            var call = (round % 3) switch
            {
                0 => client.RawAsync("sandbox_snapshot_create", new { sandbox_id = id }),
                1 => client.RawAsync("sandbox_snapshot_restore", new { sandbox_id = id, snapshot_id = snapshots[Random.Shared.Next(snapshots.Length)] }),
                _ => client.RawAsync("sandbox_fork", new { sandbox_id = id, count = 2 }),
            };
            await PassAsync(TimeSpan.FromMilliseconds(Random.Shared.Next(LatestKill)));
            await server.KillAsync();
            await ((Task)call).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            server = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
            await AssertWholeAsync(client, id);
        }

        var sandboxes = await SettledAsync(client, "sandbox_list", "sandboxes", "provisioning");
        Assert.All(sandboxes, sandbox => Assert.Equal("running", (string)sandbox!["state"]!));
        foreach (var sandbox in sandboxes)
            await AssertWholeAsync(client, (string)sandbox!["id"]!);
        var machines = await Task.WhenAll(sandboxes.Skip(1).Select(sandbox => ForkTests.ShellAsync(client, (string)sandbox!["id"]!, "cat /etc/machine-id")));
        Assert.Equal(machines.Length, machines.Distinct().Count());

        var rows = await SettledAsync(client, "sandbox_snapshot_list", "snapshots", "creating", "deleting");
        foreach (var row in rows)
            await AssertMatchesDiskAsync(client, row!);
        foreach (var sandbox in sandboxes)
            await client.CallAsync("sandbox_destroy", new { sandbox_id = (string)sandbox!["id"]! });
        foreach (var row in await SettledAsync(client, "sandbox_snapshot_list", "snapshots"))
            await client.CallAsync("sandbox_snapshot_delete", new { snapshot_id = (string)row!["snapshot_id"]! });
        Assert.All([.. sandboxes.Select(sandbox => (string)sandbox!["id"]!), .. rows.Select(row => (string)row!["snapshot_id"]!)], name => Assert.Empty(Traces(name)));
        await server.DisposeAsync();
    }

    /// <summary>All files are of one version: a restore happened whole or not at all.</summary>
    private static async Task AssertWholeAsync(Client client, string id)
    {
        var versions = await ForkTests.ShellAsync(client, id, "cat file* | sort | uniq -c | sed 's/ *//'; ls /.. | grep -c new | cat");
        Assert.Matches($"^{Files} [0-2]\n0$", versions);
    }

    /// <summary>What is ready can be forked and is whole; of what failed there is nothing.</summary>
    private async Task AssertMatchesDiskAsync(Client client, JsonNode row)
    {
        var snapshot = (string)row["snapshot_id"]!;
        if ((string)row["state"]! is "failed")
        {
            Assert.Empty(Traces(snapshot));
            return;
        }
        Assert.Equal("ready", (string)row["state"]!);
        Assert.Equal([snapshot], Traces(snapshot).Select(Path.GetFileName));
        var fork = ForkTests.Ids(await client.CallAsync("sandbox_fork", new { snapshot_id = snapshot })).Single();
        await AssertWholeAsync(client, fork);
        await ForkTests.DestroyAsync(client, [fork]);
    }

    private static async Task<List<JsonNode?>> SettledAsync(Client client, string tool, string list, params string[] unsettled)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var rows = new List<JsonNode?>();
            var query = new JsonObject { ["limit"] = 15 };
            JsonObject page;
            do
            {
                page = await client.CallAsync(tool, query);
                rows.AddRange(page[list]!.AsArray());
                query["cursor"] = (string?)page["next_cursor"];
            }
            while (page["next_cursor"] is not null);
            if (rows.All(row => !unsettled.Contains((string)row!["state"]!)))
                return rows;
            Assert.True(TimeProvider.System.GetElapsedTime(started) < LongestWait, page.ToJsonString());
        }
    }

    private static async Task PassAsync(TimeSpan time)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < time)
            await Task.Yield();
    }

    private IEnumerable<string> Traces(string name)
    {
        var volumes = host.Volumes;
        return Directory.GetDirectories(volumes).SelectMany(kind => Directory.GetFileSystemEntries(kind, $"*{name}*"));
    }
}
