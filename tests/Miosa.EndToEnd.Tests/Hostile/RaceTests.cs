using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests.Hostile;

/// <summary>Sandboxes made and destroyed at once, under commands, and by a host that is killed in the middle.</summary>
public sealed class RaceTests(SharedHost host)
{
    // On kernels before 6.7 making a volume waits for those that are being cleared away.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Fifty_sandboxes_made_and_destroyed_at_once_leave_nothing_on_the_machine()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync();
        await using var server = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        await using var client = await Client.StdioAsync(home.Path);

        var ids = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            var id = (string)(await client.CallAsync("sandbox_create", new { }))["sandbox_id"]!;
            var command = client.RawAsync("sandbox_exec", new { sandbox_id = id, command = "sleep 60", wait_seconds = 50 });
            await client.CallAsync("sandbox_destroy", new { sandbox_id = id });
            var result = await command;
            // Destroyed before, while or after it began: each is told as what it is.
            if (result.IsError is true)
                Assert.DoesNotContain("INTERNAL", Client.Text(result), StringComparison.Ordinal);
            else
                Assert.Contains("\"gone\"", Client.Text(result), StringComparison.Ordinal);
            return id;
        }));

        Assert.All(ids, id => Assert.Empty(Traces(home, id)));
    }

    [Fact]
    public async Task What_was_being_made_when_the_host_was_killed_is_made_by_the_next()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync();
        var first = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        await using var client = await Client.StdioAsync(home.Path);
        var creating = Enumerable.Range(0, 6).Select(_ => client.RawAsync("sandbox_create", new { })).ToArray();
        await client.CallAsync("event_list", new { types = new[] { "sandbox.created" }, wait_seconds = 20 });

        await first.KillAsync();
        await Task.WhenAll(creating.Select(async call => await ((Task)call).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing)));
        await using var second = await MiosaProcess.ServeAsync(home.Path, "--http", "none");

        try
        {
            Assert.All(await FinishedAsync(client), sandbox => Assert.Equal("running", (string)sandbox!["state"]!));
        }
        finally
        {
            await DestroyAllAsync(client, home);
        }
    }

    private static async Task<JsonArray> FinishedAsync(Client client)
    {
        var started = TimeProvider.System.GetTimestamp();
        var news = new JsonObject { ["types"] = new JsonArray("sandbox.running"), ["wait_seconds"] = 5 };
        JsonArray sandboxes;
        while ((sandboxes = await ListAsync(client)).Any(sandbox => (string)sandbox!["state"]! is "provisioning"))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < LongestWait, sandboxes.ToJsonString());
            if ((await client.CallAsync("event_list", news))["next_cursor"] is { } cursor)
                news["since"] = (string)cursor!;
        }
        Assert.NotEmpty(sandboxes);
        return sandboxes;
    }

    private static async Task DestroyAllAsync(Client client, BorrowedHome home)
    {
        foreach (var sandbox in await ListAsync(client))
        {
            await client.CallAsync("sandbox_destroy", new { sandbox_id = (string)sandbox!["id"]! });
            Assert.Empty(Traces(home, (string)sandbox["id"]!));
        }
    }

    private static async Task<JsonArray> ListAsync(Client client) =>
        (await client.CallAsync("sandbox_list", new { limit = 50 }))["sandboxes"]!.AsArray();

    /// <summary>Where a sandbox would leave something: its files, its bundle, the runtime's records, mounts, groups and processes.</summary>
    private static IEnumerable<string> Traces(BorrowedHome home, string id)
    {
        var groups = Directory.Exists("/sys/fs/cgroup/memory/miosa") ? "/sys/fs/cgroup/memory/miosa" : "/sys/fs/cgroup/miosa";
        return
        [
            .. Directory.GetFileSystemEntries(Path.Combine(SharedHost.Home, "engine", "volumes", "sandboxes"), $"*{id}*"),
            .. Directory.GetFileSystemEntries(home.RunDirectory, $"*{id}*", SearchOption.AllDirectories),
            .. Directory.Exists(groups) ? Directory.GetDirectories(groups, id, SearchOption.AllDirectories) : [],
            .. File.ReadLines("/proc/mounts").Where(line => line.Contains(id, StringComparison.Ordinal)),
        ];
    }
}
