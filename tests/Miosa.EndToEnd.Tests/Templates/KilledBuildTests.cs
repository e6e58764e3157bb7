using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests.Templates;

public sealed class KilledBuildTests(SharedHost host)
{
    private const int Rounds = 30;

    [Fact]
    public async Task A_host_that_is_killed_while_it_builds_leaves_nothing_and_the_next_one_builds_it()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync();
        var before = Builds();
        for (var round = 0; round < Rounds; round++)
        {
            // Each of its own, or the first that is built would be all of them.
            var spec = LayerTests.Spec(files: [("/workspace/a", $"{round}")], commands: ["head -c 2000000 /dev/urandom >big", "cp a done"]);
            // About as long as such a build takes: before it, in its commands, while it is kept, after it.
            await KillDuringAsync(home, $"killed-{round}", spec, TimeSpan.FromMilliseconds(1 + Random.Shared.Next(1200)));
        }

        var left = Builds().Except(before, StringComparer.Ordinal).ToList();
        await using var last = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        await using var client = await Client.StdioAsync(home.Path, "--toolsets", "default,templates");
        for (var round = 0; round < Rounds; round++)
        {
            var built = await BuiltAsync(client, $"killed-{round}");
            var created = await client.CallAsync("sandbox_create", new { template_id = built });
            var ran = await client.CallAsync("sandbox_exec", new { sandbox_id = (string)created["sandbox_id"]!, command = "cat done; echo; stat -c %s big" });
            Assert.Equal($"{round}\n2000000\n", (string)ran["stdout"]!);
            await client.CallAsync("sandbox_destroy", new { sandbox_id = (string)created["sandbox_id"]! });
            await client.CallAsync("sandbox_template_delete", new { template_id = built });
        }
        Assert.Empty(left.Where(Directory.Exists));
        Assert.Empty(Directory.GetDirectories(home.RunDirectory, "bld_*"));
    }

    private static async Task KillDuringAsync(BorrowedHome home, string name, JsonNode spec, TimeSpan after)
    {
        await using var killed = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        await using var client = await Client.StdioAsync(home.Path, "--toolsets", "default,templates");
        await client.CallAsync("sandbox_template_create", new { name, build_spec = spec, wait_seconds = 0 });
        using var moment = new PeriodicTimer(after);
        await moment.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        await killed.KillAsync();
    }

    /// <summary>What builds have on the disk now; that of other tests goes with them.</summary>
    private static IReadOnlyList<string> Builds() =>
        [.. ((string[])["sandboxes", "snapshots"]).SelectMany(kind => Directory.GetDirectories(Path.Combine(SharedHost.Home, "engine/volumes", kind), "bld_*"))];

    private static async Task<string> BuiltAsync(Client client, string name)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var template = await client.CallAsync("sandbox_template_get", new { template_id = name, wait_seconds = 10 });
            if ((string)template["state"]! is "built" or "not_built")
                return name;
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(2), $"It was not built again: {template}");
        }
    }
}
