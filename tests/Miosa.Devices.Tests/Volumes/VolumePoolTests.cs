using Miosa.Devices.Native;
using Miosa.Devices.Volumes;

namespace Miosa.Devices.Tests.Volumes;

/// <summary>What holds for volumes whichever way they are kept.</summary>
public sealed class VolumePoolTests
{
    private const int MiB = 1 << 20;

    [Theory, InlineData(VolumeChoice.Btrfs), InlineData(VolumeChoice.Overlay), InlineData(VolumeChoice.Copy)]
    public async Task A_copy_has_everything_of_its_source_as_it_was(VolumeChoice choice)
    {
        await using var home = await VolumeHome.CreateAsync(choice);
        var pool = await home.OpenPoolAsync();
        var source = Path.Combine(DevicePaths.Volumes(home.Options), "templates", "source");
        await pool.CreateAsync(source, CancellationToken.None);
        await OddTree.FillAsync(pool.OwnFiles(source));
        var before = await OddTree.DescribeAsync(home.Seen(source));

        var copy = Path.Combine(DevicePaths.Volumes(home.Options), "templates", "copy");
        await pool.CopyAsync(source, copy, CancellationToken.None);
        await OddTree.ShellAsync(pool.OwnFiles(source), "rm -rf etc; echo changed > tool");

        Assert.Contains("kept", before, StringComparison.Ordinal);
        Assert.Equal(before, await OddTree.DescribeAsync(home.Seen(copy)));
        Assert.True(Libc.AllocatedBytes(Path.Combine(home.Seen(copy), "sparse")) < MiB);
    }

    [Theory, InlineData(VolumeChoice.Btrfs), InlineData(VolumeChoice.Overlay), InlineData(VolumeChoice.Copy)]
    public async Task What_could_not_be_made_leaves_nothing(VolumeChoice choice)
    {
        await using var home = await VolumeHome.CreateAsync(choice);
        var pool = await home.OpenPoolAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => pool.MakeAsync(DevicePaths.Snapshot(home.Options, "s"), async unfinished =>
        {
            await pool.CreateAsync(DevicePaths.Root(unfinished), CancellationToken.None);
            throw new InvalidOperationException("on purpose");
        }));

        Assert.Empty(await home.NamesAsync());
    }

    [Theory, InlineData(VolumeChoice.Btrfs), InlineData(VolumeChoice.Overlay), InlineData(VolumeChoice.Copy)]
    public async Task What_a_dead_host_left_is_cleared_and_what_a_living_one_makes_is_not(VolumeChoice choice)
    {
        await using var home = await VolumeHome.CreateAsync(choice);
        var mine = await home.OpenPoolAsync();
        var living = Assert.Single(Directory.GetDirectories(Path.Combine(DevicePaths.Volumes(home.Options), "work")));
        await mine.CreateAsync(Path.Combine(living, "being-made"), CancellationToken.None);
        // This process's number, but started at another time: one that was.
        var dead = Directory.CreateDirectory(Path.Combine(DevicePaths.Volumes(home.Options), "work", $"{Environment.ProcessId}-1", "half")).FullName;
        await mine.CreateAsync(DevicePaths.Root(dead), CancellationToken.None);
        File.WriteAllText(Path.Combine(mine.OwnFiles(DevicePaths.Root(dead)), "file"), "half");

        await home.OpenPoolAsync();

        Assert.False(Directory.Exists(Path.GetDirectoryName(dead)));
        Assert.True(Directory.Exists(Path.Combine(living, "being-made")));
    }

    [Theory, InlineData(VolumeChoice.Btrfs), InlineData(VolumeChoice.Overlay), InlineData(VolumeChoice.Copy)]
    public async Task Paths_longer_than_a_path_may_be_are_removed_like_others(VolumeChoice choice)
    {
        await using var home = await VolumeHome.CreateAsync(choice);
        var pool = await home.OpenPoolAsync();
        var volume = Path.Combine(DevicePaths.Volumes(home.Options), "snapshots", "deep");
        await pool.CreateAsync(volume, CancellationToken.None);
        await OddTree.ShellAsync(pool.OwnFiles(volume), """
            python3 -c "
            import os
            for _ in range(60):
                os.mkdir('d' * 200); os.chdir('d' * 200)
            open('file', 'w').close()"
            """);

        await pool.RemoveAsync(volume);

        Assert.Empty(await home.NamesAsync());
    }

    [Theory, InlineData(VolumeChoice.Btrfs), InlineData(VolumeChoice.Overlay), InlineData(VolumeChoice.Copy)]
    public async Task Nothing_is_begun_when_the_disk_is_nearly_full_and_what_is_there_stays(VolumeChoice choice)
    {
        await using var home = await VolumeHome.CreateAsync(choice);
        var engine = await home.OpenEngineAsync();
        var spec = await home.AddDeviceAsync(engine, "one", root => File.WriteAllText(Path.Combine(root, "file"), "whole"));
        await engine.SnapshotAsync("one", "kept", CancellationToken.None);
        var before = await home.NamesAsync();
        var full = await home.OpenEngineAsync(options => options with { LeastFreeBytes = long.MaxValue / 2 });

        Task[] refused =
        [
            full.SnapshotAsync("one", "another", CancellationToken.None),
            full.CreateAsync(VolumeHome.Spec("two", 1), CancellationToken.None),
            full.CreateFromSnapshotAsync(VolumeHome.Spec("three", 2), "kept", CancellationToken.None),
            full.RequireRoomAsync(CancellationToken.None),
        ];
        foreach (var each in refused)
            Assert.True((await Assert.ThrowsAsync<EngineException>(() => each)).IsDiskFull);

        Assert.Equal(before, await home.NamesAsync());
        Assert.Equal("whole", File.ReadAllText(Path.Combine(home.RootOf(spec.Id), "file")));
    }

    [Theory, InlineData(VolumeChoice.Btrfs), InlineData(VolumeChoice.Overlay), InlineData(VolumeChoice.Copy)]
    public async Task What_is_written_is_counted_at_the_device_that_wrote_it(VolumeChoice choice)
    {
        await using var home = await VolumeHome.CreateAsync(choice);
        var engine = await home.OpenEngineAsync();
        await home.AddDeviceAsync(engine, "one", root => Write(Path.Combine(root, "base"), 4 * MiB));
        await home.AddDeviceAsync(engine, "two", _ => { }, slot: 1);
        var before = (await engine.MeasureAsync("one", CancellationToken.None))!;

        Write(Path.Combine(home.RootOf("one"), "new"), 16 * MiB);
        Libc.SyncFileSystem(home.RootOf("one"));

        var after = (await engine.MeasureAsync("one", CancellationToken.None))!;
        Assert.InRange(after.OwnBytes - before.OwnBytes, 16 * MiB, 18 * MiB);
        Assert.Equal(choice switch { VolumeChoice.Copy => SpaceCount.Copied, VolumeChoice.Overlay => SpaceCount.Exclusive, _ => SpaceCount.Written }, after.Counted);
        Assert.InRange((await engine.MeasureAsync("two", CancellationToken.None))!.OwnBytes, 0, 6 * MiB);
        Assert.Null(await engine.MeasureAsync("none", CancellationToken.None));
    }

    [Theory, InlineData(VolumeChoice.Btrfs), InlineData(VolumeChoice.Overlay), InlineData(VolumeChoice.Copy)]
    public async Task A_restore_gives_back_what_was_kept_and_the_snapshot_stays_as_it_was(VolumeChoice choice)
    {
        await using var home = await VolumeHome.CreateAsync(choice);
        var engine = await home.OpenEngineAsync();
        var spec = await home.AddDeviceAsync(engine, "one", root => File.WriteAllText(Path.Combine(root, "file"), "first"));
        string KeptFile() => Path.Combine(home.RootOf("one"), "file");
        await engine.SnapshotAsync("one", "kept", CancellationToken.None);
        File.WriteAllText(KeptFile(), "second");

        await engine.RestoreAsync(spec, "kept", CancellationToken.None);
        Assert.Equal("first", File.ReadAllText(KeptFile()));
        File.WriteAllText(KeptFile(), "third");
        await engine.RestoreAsync(spec, "kept", CancellationToken.None);
        Assert.Equal("first", File.ReadAllText(KeptFile()));

        await engine.CreateFromSnapshotAsync(VolumeHome.Spec("two", 1), "kept", CancellationToken.None);
        File.WriteAllText(KeptFile(), "fourth");
        Assert.Equal("first", File.ReadAllText(Path.Combine(home.RootOf("two"), "file")));
        Assert.Equal(["kept"], engine.FindSnapshots());
        Assert.Equal(["one", "two"], engine.FindLeftovers().Order(StringComparer.Ordinal));

        await engine.DeleteSnapshotAsync("kept", CancellationToken.None);
        await engine.DestroyAsync("one", CancellationToken.None);
        await engine.DestroyAsync("two", CancellationToken.None);
        Assert.Equal(["templates/tiny"], await home.NamesAsync());
        Assert.Equal(choice is VolumeChoice.Overlay ? 1 : 0, home.Trees.Count());
    }

    [Theory, InlineData(VolumeChoice.Overlay, "overlays"), InlineData(VolumeChoice.Copy, "copies")]
    public async Task What_a_home_has_begun_with_it_keeps(VolumeChoice choice, string word)
    {
        await using var home = await VolumeHome.CreateAsync(choice);
        var kind = (await home.OpenPoolAsync()).Kind;

        Assert.Equal(kind, (await home.OpenPoolAsync(options => options with { Volumes = VolumeChoice.Auto })).Kind);
        var refused = await Assert.ThrowsAsync<EngineException>(() => home.OpenPoolAsync(options => options with { Volumes = VolumeChoice.Btrfs }));
        Assert.Contains($"are kept as {word}, and the settings ask for btrfs", refused.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(VolumeChoice.Overlay, VolumeKind.Overlay), InlineData(VolumeChoice.Copy, VolumeKind.Copy)]
    public async Task A_limit_that_is_not_kept_is_said(VolumeChoice choice, VolumeKind kind)
    {
        await using var home = await VolumeHome.CreateAsync(choice);
        var engine = await home.OpenEngineAsync();

        Assert.Equal(kind, engine.VolumeKind);
        Assert.Contains("limits on disk are not kept", Assert.Single(engine.Limitations), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_goes_while_it_is_counted_does_not_keep_the_rest_from_being_counted()
    {
        await using var home = await VolumeHome.CreateAsync(VolumeChoice.Copy);
        var pool = await home.OpenPoolAsync();

        // What counts sees a file of its own there, which it has closed when it comes to it.
        Assert.NotNull(await pool.MeasureAsync("/proc/self/task", CancellationToken.None));
        await pool.RequireRoomAsync("/proc/self/task", CancellationToken.None);
        Assert.Null(await pool.MeasureAsync("/nowhere", CancellationToken.None));
    }

    [Theory, InlineData(VolumeChoice.Overlay), InlineData(VolumeChoice.Copy)]
    public async Task No_program_gains_rights_from_outside_also_where_a_killed_host_had_only_begun_to_mount(VolumeChoice choice)
    {
        await using var home = await VolumeHome.CreateAsync(choice);
        var mountPoint = Directory.CreateDirectory(DevicePaths.Volumes(home.Options)).FullName;
        var files = Directory.CreateDirectory(Path.Combine(home.Options.DataDirectory, choice is VolumeChoice.Copy ? "volumes.copy" : "volumes.overlay")).FullName;
        await Tool.RunAsync("mount", ["--bind", files, mountPoint], "", "", CancellationToken.None);

        await home.OpenPoolAsync();

        var mount = Assert.Single(File.ReadLines("/proc/self/mountinfo"), line => line.Contains($" {mountPoint} ", StringComparison.Ordinal));
        Assert.Contains("nosuid", mount, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_a_home_is_begun_without_btrfs_is_kept()
    {
        await using var home = await VolumeHome.CreateAsync(VolumeChoice.Auto);
        var backends = new VolumeBackends(home.Options, TimeProvider.System);

        // Nobody has made the directory to mount at, so that none of them can be had.
        await Assert.ThrowsAsync<EngineException>(() => backends.OpenAsync(CancellationToken.None));

        Assert.Contains("btrfs could not be", backends.NoBtrfs!.Message, StringComparison.Ordinal);
        Assert.NotEmpty(backends.NoBtrfs.Remedy);
    }

    [Fact]
    public async Task Overlays_are_refused_where_their_home_cannot_hold_them()
    {
        await using var home = await VolumeHome.CreateAsync(VolumeChoice.Overlay);
        // It knows no attributes that only root sees, like most that come over a network.
        var ram = Path.Combine(home.Options.DataDirectory, "ram");
        Directory.CreateDirectory(ram);
        await Tool.RunAsync("mount", ["-t", "ramfs", "ramfs", ram], "", "", CancellationToken.None);
        try
        {
            var refused = await Assert.ThrowsAsync<EngineException>(() => OverlayProbe.RequireAsync(home.Options with { DataDirectory = ram }, CancellationToken.None));
            Assert.Contains("Overlays cannot be had", refused.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFileSystemEntries(ram));
        }
        finally
        {
            await Tool.RunAsync("umount", ["--lazy", ram], "", "", CancellationToken.None);
        }
    }

    [Fact]
    public async Task A_disk_limit_is_kept_by_btrfs_in_a_device_a_fork_and_a_restore()
    {
        await using var home = await VolumeHome.CreateAsync(VolumeChoice.Btrfs);
        var engine = await home.OpenEngineAsync();
        await home.AddDeviceAsync(engine, "unused", root => Write(Path.Combine(root, "base"), 4 * MiB));
        var size = DeviceSize.All[0] with { DiskBytes = 8 * MiB };
        var spec = VolumeHome.Spec("one", 1) with { Size = size };

        await engine.CreateAsync(spec, CancellationToken.None);
        Assert.Throws<IOException>(() => Write(Path.Combine(home.RootOf("one"), "much"), 16 * MiB));
        File.Delete(Path.Combine(home.RootOf("one"), "much"));
        await engine.SnapshotAsync("one", "kept", CancellationToken.None);

        await engine.CreateFromSnapshotAsync(VolumeHome.Spec("two", 2) with { Size = size }, "kept", CancellationToken.None);
        Assert.Throws<IOException>(() => Write(Path.Combine(home.RootOf("two"), "much"), 16 * MiB));
        await engine.RestoreAsync(spec, "kept", CancellationToken.None);
        Assert.Throws<IOException>(() => Write(Path.Combine(home.RootOf("one"), "much"), 16 * MiB));
    }

    [Fact]
    public async Task The_pool_grows_with_its_disk()
    {
        await using var home = await VolumeHome.CreateAsync(VolumeChoice.Btrfs);
        await home.OpenPoolAsync();
        var mounted = DevicePaths.Volumes(home.Options);
        var before = new DriveInfo(mounted).TotalSize;
        // As if it had been made when the disk was smaller.
        await Tool.RunAsync("umount", [mounted], "", "", CancellationToken.None);
        var image = Path.Combine(home.Options.DataDirectory, "volumes.btrfs");
        File.Delete(image);
        await using (var file = File.Create(image))
            file.SetLength(4L << 30);
        await Tool.RunAsync("mkfs.btrfs", ["--quiet", image], "", "", CancellationToken.None);

        await home.OpenPoolAsync();

        Assert.InRange(new DriveInfo(mounted).TotalSize, before / 10 * 9, before / 10 * 11);
    }

    private static void Write(string path, int bytes)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.Write(System.Security.Cryptography.RandomNumberGenerator.GetBytes(bytes));
        file.Flush(flushToDisk: true);
    }
}
