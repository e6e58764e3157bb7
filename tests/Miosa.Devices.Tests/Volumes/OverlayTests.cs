namespace Miosa.Devices.Tests.Volumes;

/// <summary>What is put together of layers is to be told from one directory by nobody.</summary>
public sealed class OverlayTests
{
    private const int MiB = 1 << 20;

    /// <summary>Everything that leaves a note in the upper layer, or could be seen through to the lower one.</summary>
    private const string Changes = """
        mv etc/deep moved
        mv moved/inner etc/inner
        rm gone
        rm -r emptied; mkdir emptied; echo new > emptied/new
        rm -r swapped; echo file > swapped
        chmod 700 home; chown 1000:1000 touched
        echo own > own; ln own also-own
        """;

    private static Task<string> FillAsync(string directory) => OddTree.ShellAsync(directory, """
        mkdir -p etc/deep/inner emptied swapped/below home
        echo inner > etc/deep/inner/file; echo old > emptied/old; echo x > swapped/below/file; echo gone > gone; echo t > touched
        head -c 8000000 /dev/urandom > large
        """);

    [Fact]
    public async Task A_snapshot_a_fork_a_restore_a_layer_and_an_export_are_what_their_device_was()
    {
        await using var home = await VolumeHome.CreateAsync(VolumeChoice.Overlay);
        var engine = await home.OpenEngineAsync();
        var spec = await AddOddDeviceAsync(home, engine);
        await OddTree.ShellAsync(home.RootOf("one"), Changes);
        var before = await OddTree.DescribeAsync(home.RootOf("one"));

        await engine.SnapshotAsync("one", "kept", CancellationToken.None);
        await engine.CreateFromSnapshotAsync(VolumeHome.Spec("fork", 1), "kept", CancellationToken.None);
        await engine.KeepAsLayerAsync("one", "layer", CancellationToken.None);
        await engine.CreateAsync(VolumeHome.Spec("second", 2) with { Template = "layer" }, CancellationToken.None);
        await OddTree.ShellAsync(home.RootOf("one"), "rm -rf etc; mkdir etc; echo other > etc/plain");
        await engine.RestoreAsync(spec, "kept", CancellationToken.None);
        var file = new MemoryStream();
        await engine.ExportSnapshotAsync("kept", file, TestContext.Current.CancellationToken);
        file.Position = 0;
        await engine.ImportSnapshotAsync("come", file, TestContext.Current.CancellationToken);

        Assert.Contains("moved d 0:0", before, StringComparison.Ordinal);
        Assert.DoesNotContain("gone", before, StringComparison.Ordinal);
        Assert.DoesNotContain("emptied/old", before, StringComparison.Ordinal);
        Assert.All(
            await Task.WhenAll(((string[])[home.SnapshotRootOf("kept"), home.RootOf("fork"), home.RootOf("second"), home.RootOf("one"), home.SnapshotRootOf("come")]).Select(OddTree.DescribeAsync)),
            after => Assert.Equal(before, after));
    }

    [Fact]
    public async Task What_its_template_gives_a_device_lies_on_the_disk_once()
    {
        await using var home = await VolumeHome.CreateAsync(VolumeChoice.Overlay);
        var engine = await home.OpenEngineAsync();
        await AddOddDeviceAsync(home, engine);

        await engine.SnapshotAsync("one", "kept", CancellationToken.None);

        Assert.InRange((await engine.MeasureAsync("one", CancellationToken.None))!.OwnBytes, 0, MiB);
        Assert.InRange((await engine.MeasureSnapshotAsync("kept", CancellationToken.None))!.OwnBytes, 0, MiB);
        Assert.True((await engine.TemplateBytesAsync("tiny", CancellationToken.None))! > 7 * MiB);
    }

    [Fact]
    public async Task What_a_device_wrote_are_whole_files_again_in_what_is_made_of_it()
    {
        await using var home = await VolumeHome.CreateAsync(VolumeChoice.Overlay);
        var engine = await home.OpenEngineAsync();
        await AddOddDeviceAsync(home, engine);
        await OddTree.ShellAsync(home.RootOf("one"), Changes);
        await engine.SnapshotAsync("one", "kept", CancellationToken.None);
        await engine.CreateFromSnapshotAsync(VolumeHome.Spec("fork", 1), "kept", CancellationToken.None);

        // Of a lower layer, the reader would see nothing of what comes later, nor would the other name.
        var seen = await OddTree.ShellAsync(home.RootOf("fork"), "exec 3< own; echo more >> also-own; cat <&3; stat -c %h own");

        Assert.Equal("own\nmore\n2\n", seen);
    }

    [Fact]
    public async Task A_tree_stays_as_long_as_somebody_stands_on_it_and_no_longer()
    {
        await using var home = await VolumeHome.CreateAsync(VolumeChoice.Overlay);
        var engine = await home.OpenEngineAsync();
        await AddOddDeviceAsync(home, engine);
        await OddTree.ShellAsync(home.RootOf("one"), Changes);
        var before = await OddTree.DescribeAsync(home.RootOf("one"));
        await engine.KeepAsLayerAsync("one", "layer", CancellationToken.None);
        await engine.DestroyAsync("one", CancellationToken.None);
        await engine.CreateAsync(VolumeHome.Spec("two") with { Template = "layer" }, CancellationToken.None);
        await engine.SnapshotAsync("two", "kept", CancellationToken.None);

        await engine.DeleteLayerAsync("layer", CancellationToken.None);
        await engine.Pool.RemoveAsync(DevicePaths.Template(home.Options, "tiny"));
        await engine.DestroyAsync("two", CancellationToken.None);
        await engine.ClearedAsync();
        Assert.Equal(before, await OddTree.DescribeAsync(home.SnapshotRootOf("kept")));
        Assert.Equal(2, home.Trees.Count());

        await engine.DeleteSnapshotAsync("kept", CancellationToken.None);
        await engine.ClearedAsync();
        Assert.Empty(home.Trees);
    }

    [Fact]
    public async Task Layers_upon_layers_come_to_an_end_and_hold_all()
    {
        await using var home = await VolumeHome.CreateAsync(VolumeChoice.Overlay);
        var engine = await home.OpenEngineAsync();
        await AddOddDeviceAsync(home, engine);
        var last = "one";
        for (var i = 0; i < 30; i++)
        {
            await OddTree.ShellAsync(home.RootOf(last), $"echo {i} > layer-{i}");
            await engine.KeepAsLayerAsync(last, $"layer-{i}", CancellationToken.None);
            last = $"on-{i}";
            await engine.CreateAsync(VolumeHome.Spec(last) with { Template = $"layer-{i}" }, CancellationToken.None);
        }

        Assert.Equal(30, Directory.GetFiles(home.RootOf(last), "layer-*").Length);
        Assert.Equal(24, home.Trees.Count());
    }

    private static async Task<DeviceSpec> AddOddDeviceAsync(VolumeHome home, LocalEngine engine)
    {
        var pool = await home.OpenPoolAsync();
        var template = DevicePaths.Template(home.Options, "tiny");
        await pool.CreateAsync(template, CancellationToken.None);
        await OddTree.FillAsync(pool.OwnFiles(template));
        await FillAsync(pool.OwnFiles(template));
        await pool.ShareAsync(template);
        return await home.AddDeviceAsync(engine, "one", _ => { });
    }
}
