using System.Diagnostics;
using System.Globalization;

namespace Miosa.Devices.Tests.Volumes;

/// <summary>`kill -9` of the process that works on the volumes, at random moments.</summary>
public sealed class KillTests
{
    private const int Kills = 10;
    private const int Files = 40;

    [Theory, InlineData(VolumeChoice.Btrfs), InlineData(VolumeChoice.Overlay), InlineData(VolumeChoice.Copy)]
    public async Task Whatever_was_under_way_every_device_and_snapshot_is_whole_and_nothing_is_left(VolumeChoice choice)
    {
        await using var home = await VolumeHome.CreateAsync(choice);
        var engine = await home.OpenEngineAsync();
        // All files of a tree are of one of two versions, so that a mixture is seen.
        foreach (var version in (string[])["a", "b"])
        {
            var pool = await home.OpenPoolAsync();
            var template = DevicePaths.Template(home.Options, version);
            await pool.CreateAsync(template, CancellationToken.None);
            for (var i = 0; i < Files; i++)
                File.WriteAllText(Path.Combine(pool.OwnFiles(template), $"file-{i}"), string.Concat(Enumerable.Repeat(version, 5000)));
            await pool.ShareAsync(template);
            var spec = VolumeHome.Spec($"device-{version}") with { Template = version };
            await engine.CreateAsync(spec, CancellationToken.None);
            await engine.SnapshotAsync(spec.Id, version, CancellationToken.None);
            await engine.DestroyAsync(spec.Id, CancellationToken.None);
        }
        await engine.CreateFromSnapshotAsync(VolumeHome.Spec("one"), "a", CancellationToken.None);

        for (var i = 0; i < Kills; i++)
        {
            await WorkAndKillAsync(home.Options);
            engine = await home.OpenEngineAsync();

            Assert.Superset(new HashSet<string> { "a", "b" }, engine.FindSnapshots().ToHashSet());
            Assert.Contains("one", engine.FindLeftovers());
            foreach (var id in engine.FindSnapshots())
                AssertWhole(home.SnapshotRootOf(id));
            foreach (var id in engine.FindLeftovers())
            {
                AssertWhole(home.RootOf(id));
                Assert.True(Directory.Exists(DevicePaths.State(new DevicePaths(home.Options, id).Home)));
            }
            Assert.DoesNotContain(await home.NamesAsync(), name => name.StartsWith("work/", StringComparison.Ordinal));
            Assert.Single(Directory.GetDirectories(Path.Combine(DevicePaths.Volumes(home.Options), "work")));
            Assert.Equal(home.TreesInUse(), home.Trees);
            if (choice is VolumeChoice.Btrfs)
                await AssertNoOtherVolumesAsync(home, engine);
        }
    }

    private static void AssertWhole(string root)
    {
        var contents = Directory.GetFiles(root).Select(File.ReadAllText).ToList();
        Assert.Equal(Files, contents.Count);
        Assert.Equal(5000, contents.Distinct(StringComparer.Ordinal).Single().Length);
    }

    /// <summary>Two volumes for each device, one for each snapshot, layer and template.</summary>
    private static async Task AssertNoOtherVolumesAsync(VolumeHome home, LocalEngine engine)
    {
        var list = await Tool.RunAsync("btrfs", ["subvolume", "list", DevicePaths.Volumes(home.Options)], "", "", CancellationToken.None);
        Assert.Equal((2 * engine.FindLeftovers().Count) + engine.FindSnapshots().Count + engine.FindLayers().Count + 2, list.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private static async Task WorkAndKillAsync(EngineOptions options)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Miosa.Devices.Churn.dll");
        string[] arguments = [program, options.DataDirectory, options.RunDirectory, options.DoorPath, options.FirstUserId.ToString(CultureInfo.InvariantCulture), options.Volumes.ToString()];
        using var worker = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        // A line comes before each step, so the kill falls into one, more or less far.
        for (var steps = Random.Shared.Next(1, 20); steps > 0; steps--)
        {
            if (await worker.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is null)
                Assert.Fail(await worker.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        }
        Thread.SpinWait(Random.Shared.Next(0, 200_000));
        worker.Kill();
        await worker.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
