using Miosa.Devices.Doors;
using Miosa.Devices.Oci;
using Miosa.Devices.Tests.Doors;

namespace Miosa.Devices.Tests.Volumes;

/// <summary>Snapshots of devices that run and write.</summary>
public sealed class RunningDeviceTests
{
    private const int Large = 64 << 20;

    [Theory, InlineData(VolumeChoice.Btrfs), InlineData(VolumeChoice.Overlay), InlineData(VolumeChoice.Copy)]
    public async Task A_snapshot_under_writing_is_of_one_instant_and_the_device_goes_on(VolumeChoice choice)
    {
        await using var home = await VolumeHome.CreateAsync(choice);
        var engine = await home.OpenEngineAsync();
        await StartWriterAsync(home, engine);

        for (var i = 0; i < 5; i++)
        {
            await engine.SnapshotAsync("one", $"kept-{i}", TestContext.Current.CancellationToken);
            var data = Path.Combine(home.SnapshotRootOf($"kept-{i}"), "data");
            Assert.InRange(Number(data, "1-first") - Number(data, "3-second"), 0, 1);
            await MovesOnAsync(home);
        }
    }

    [Fact]
    public async Task A_device_that_a_killed_host_held_still_goes_on()
    {
        await using var home = await VolumeHome.CreateAsync(VolumeChoice.Copy);
        var engine = await home.OpenEngineAsync();
        await StartWriterAsync(home, engine);
        var freezer = Freezer.Of(home.Options, TimeProvider.System);
        // Never let go of: its host is killed.
        _ = await new Stillness(home.Options, freezer).HoldAsync("one");
        Assert.True(freezer.IsFrozen("one"));

        await home.OpenEngineAsync();

        await MovesOnAsync(home);
    }

    [Fact]
    public async Task A_device_that_was_frozen_before_its_snapshot_is_frozen_after_it()
    {
        await using var home = await VolumeHome.CreateAsync(VolumeChoice.Copy);
        var engine = await home.OpenEngineAsync();
        await StartWriterAsync(home, engine);
        var freezer = Freezer.Of(home.Options, TimeProvider.System);
        await freezer.FreezeAsync("one");

        await engine.SnapshotAsync("one", "kept", TestContext.Current.CancellationToken);

        Assert.True(freezer.IsFrozen("one"));
        freezer.Thaw("one");
        await MovesOnAsync(home);
    }

    private static async Task StartWriterAsync(VolumeHome home, LocalEngine engine)
    {
        var writer = await CompiledC.PairsAsync();
        var spec = await home.AddDeviceAsync(engine, "one", root =>
        {
            foreach (var place in (string[])["data", "etc", "proc", "dev", "sys", "run"])
                Directory.CreateDirectory(Path.Combine(root, place));
            File.WriteAllText(Path.Combine(root, "etc/passwd"), "root:x:0:0:root:/:/writer\n");
            File.WriteAllText(Path.Combine(root, "etc/group"), "root:x:0:\n");
            File.WriteAllBytes(Path.Combine(root, "data/2-large"), new byte[Large]);
            File.Copy(writer, Path.Combine(root, "writer"));
            File.SetUnixFileMode(Path.Combine(root, "writer"), (UnixFileMode)0b111_101_101);
        });
        await engine.StartAsync(spec, TestContext.Current.CancellationToken);
        await using var process = await engine.Door("one").StartAsync(new ProcessStart { Id = "writer", User = "root", Arguments = ["/writer"] }, TestContext.Current.CancellationToken);
        await MovesOnAsync(home);
    }

    private static async Task MovesOnAsync(VolumeHome home)
    {
        string Data() => Path.Combine(home.RootOf("one"), "data");
        var data = Data();
        var before = File.Exists(Path.Combine(data, "1-first")) ? Number(data, "1-first") : 0;
        await Wait.UntilAsync(() => Data() is var now && File.Exists(Path.Combine(now, "3-second")) && Number(now, "1-first") > before, "the writer goes on");
    }

    private static long Number(string directory, string name)
    {
        var bytes = File.ReadAllBytes(Path.Combine(directory, name));
        return bytes.Length is 0 ? 0 : BitConverter.ToInt64(bytes);
    }
}
