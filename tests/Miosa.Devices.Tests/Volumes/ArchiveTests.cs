using Miosa.Devices.Native;
using Miosa.Devices.Volumes;

namespace Miosa.Devices.Tests.Volumes;

/// <summary>Snapshots as files: what comes back is what went out, and what is not is refused.</summary>
public sealed class ArchiveTests
{
    private const int MiB = 1 << 20;

    [Theory]
    [InlineData(VolumeChoice.Btrfs, VolumeChoice.Copy), InlineData(VolumeChoice.Copy, VolumeChoice.Btrfs)]
    [InlineData(VolumeChoice.Overlay, VolumeChoice.Copy), InlineData(VolumeChoice.Copy, VolumeChoice.Overlay)]
    public async Task An_export_becomes_the_same_snapshot_on_another_machine(VolumeChoice from, VolumeChoice to)
    {
        await using var origin = await VolumeHome.CreateAsync(from);
        var engine = await origin.OpenEngineAsync();
        await origin.AddDeviceAsync(engine, "one", _ => { });
        await OddTree.FillAsync(origin.RootOf("one"));
        await engine.SnapshotAsync("one", "kept", CancellationToken.None);
        var file = await ExportAsync(engine, "kept");

        await using var target = await VolumeHome.CreateAsync(to);
        var other = await target.OpenEngineAsync();
        await other.ImportSnapshotAsync("come", new MemoryStream(file), TestContext.Current.CancellationToken);

        Assert.Equal(await OddTree.DescribeAsync(origin.SnapshotRootOf("kept")), await OddTree.DescribeAsync(target.SnapshotRootOf("come")));
        Assert.True(Libc.AllocatedBytes(Path.Combine(target.SnapshotRootOf("come"), "sparse")) < MiB);
        await other.CreateFromSnapshotAsync(VolumeHome.Spec("fork"), "come", CancellationToken.None);
        Assert.Equal("hello\n", File.ReadAllText(Path.Combine(target.RootOf("fork"), "etc/plain")));
    }

    [Fact]
    public async Task A_file_that_is_not_as_it_was_written_is_refused_and_leaves_nothing()
    {
        await using var home = await VolumeHome.CreateAsync(VolumeChoice.Btrfs);
        var engine = await home.OpenEngineAsync();
        await home.AddDeviceAsync(engine, "one", root => File.WriteAllText(Path.Combine(root, "file"), "contents"));
        await engine.SnapshotAsync("one", "kept", CancellationToken.None);
        var file = await ExportAsync(engine, "kept");
        var before = await home.NamesAsync();

        byte[][] damaged =
        [
            [], file[..5], file[..20], file[..^1], file[..^40], file[..(file.Length / 2)], [.. file, 0],
            .. Enumerable.Range(0, 12).Select(i => Flipped(file, i * (file.Length - 1) / 11)),
            [.. "PK"u8, .. file],
        ];
        foreach (var each in damaged)
            await Assert.ThrowsAsync<EngineException>(() => engine.ImportSnapshotAsync("bad", new MemoryStream(each), TestContext.Current.CancellationToken));

        Assert.Equal(before, await home.NamesAsync());
        await engine.ImportSnapshotAsync("good", new MemoryStream(file), TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(VolumeChoice.Btrfs, "climb"), InlineData(VolumeChoice.Btrfs, "device"), InlineData(VolumeChoice.Btrfs, "owner"), InlineData(VolumeChoice.Btrfs, "through link")]
    [InlineData(VolumeChoice.Btrfs, "hard link out"), InlineData(VolumeChoice.Btrfs, "bomb"), InlineData(VolumeChoice.Btrfs, "not a tar"), InlineData(VolumeChoice.Copy, "climb")]
    [InlineData(VolumeChoice.Copy, "device"), InlineData(VolumeChoice.Copy, "bomb"), InlineData(VolumeChoice.Copy, "through link")]
    [InlineData(VolumeChoice.Overlay, "climb"), InlineData(VolumeChoice.Overlay, "bomb"), InlineData(VolumeChoice.Overlay, "through link")]
    public async Task A_hostile_file_is_refused_and_writes_nowhere_else(VolumeChoice choice, string kind)
    {
        await using var home = await VolumeHome.CreateAsync(choice);
        var engine = await home.OpenEngineAsync();
        using var file = new MemoryStream(await HostileAsync(kind));

        await Assert.ThrowsAsync<EngineException>(() => engine.ImportSnapshotAsync("bad", file, 64 * MiB, TestContext.Current.CancellationToken));

        Assert.Empty(await home.NamesAsync());
        Assert.False(File.Exists("/miosa-evil") || File.Exists("/tmp/miosa-evil") || File.Exists("/usr/miosa-evil") || File.Exists("/etc/miosa-evil"));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(home.Options.DataDirectory)!, "miosa-evil", new EnumerationOptions { RecurseSubdirectories = true }));
    }

    [Fact]
    public async Task An_absolute_name_and_a_setuid_program_stay_within()
    {
        await using var home = await VolumeHome.CreateAsync(VolumeChoice.Btrfs);
        var engine = await home.OpenEngineAsync();
        using var file = new MemoryStream(await HostileAsync("absolute"));

        await engine.ImportSnapshotAsync("odd", file, 64 * MiB, TestContext.Current.CancellationToken);

        Assert.False(File.Exists("/usr/miosa-evil"));
        Assert.True(File.GetUnixFileMode(Path.Combine(home.SnapshotRootOf("odd"), "usr/miosa-evil")).HasFlag(UnixFileMode.SetUser));
    }

    [Fact]
    public async Task An_import_stops_when_the_disk_is_nearly_full()
    {
        await using var home = await VolumeHome.CreateAsync(VolumeChoice.Copy);
        var engine = await home.OpenEngineAsync();
        var file = await HostileAsync("bomb");
        var full = await home.OpenEngineAsync(options => options with { LeastFreeBytes = long.MaxValue / 2 });

        Assert.True((await Assert.ThrowsAsync<EngineException>(() => full.ImportSnapshotAsync("big", new MemoryStream(file), TestContext.Current.CancellationToken))).IsDiskFull);
        Assert.Empty(engine.FindSnapshots());
    }

    [Fact]
    public async Task An_import_that_is_given_up_leaves_nothing()
    {
        await using var home = await VolumeHome.CreateAsync(VolumeChoice.Btrfs);
        var engine = await home.OpenEngineAsync();
        var file = await HostileAsync("absolute");
        using var giveUp = new CancellationTokenSource();
        var source = new StallingStream(file[..(file.Length / 2)], giveUp);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.ImportSnapshotAsync("half", source, giveUp.Token));

        Assert.Empty(await home.NamesAsync());
    }

    private static async Task<byte[]> ExportAsync(LocalEngine engine, string snapshotId)
    {
        var file = new MemoryStream();
        await engine.ExportSnapshotAsync(snapshotId, file, TestContext.Current.CancellationToken);
        return file.ToArray();
    }

    private static byte[] Flipped(byte[] file, int at)
    {
        var copy = file.ToArray();
        copy[at] ^= 0x10;
        return copy;
    }

    /// <summary>A file with the right checksum and the wrong contents.</summary>
    private static async Task<byte[]> HostileAsync(string kind)
    {
        var script = $"""
            import io, tarfile
            kind = "{kind}"
            out = tarfile.open("hostile.tar", "w", format=tarfile.PAX_FORMAT)
            def add(name, data=b"evil", **more):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                for key, value in more.items():
                    setattr(info, key, value)
                out.addfile(info, io.BytesIO(data))
            add("etc/plain")
            if kind == "climb":
                add("../../../../miosa-evil")
            if kind == "absolute":
                add("/usr/miosa-evil", mode=0o4755)
            if kind == "device":
                add("disk", b"", type=tarfile.BLKTYPE, devmajor=254, devminor=0)
            if kind == "owner":
                add("stranger", uid=70000)
            if kind == "through link":
                add("way", b"", type=tarfile.SYMTYPE, linkname="/usr")
                add("way/miosa-evil")
            if kind == "hard link out":
                add("way", b"", type=tarfile.LNKTYPE, linkname="../../../../etc/shadow")
            if kind == "bomb":
                for i in range(64):
                    add("large-%d" % i, bytes(16 << 20))
            out.close()
            if kind == "not a tar":
                open("hostile.tar", "wb").write(b"x" * 100000)
            """;
        var directory = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"miosa-hostile-{Guid.NewGuid():n}")).FullName;
        try
        {
            await Tool.RunAsync("python3", ["-c", script], "", "", TestContext.Current.CancellationToken, directory);
            await OddTree.ShellAsync(directory, "zstd --quiet hostile.tar");
            await using var files = File.OpenRead(Path.Combine(directory, "hostile.tar.zst"));
            var framed = new MemoryStream();
            await SnapshotArchive.WriteAsync(files, () => Task.CompletedTask, framed, TestContext.Current.CancellationToken);
            return framed.ToArray();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Gives what it has, and then nothing until its reader gives up.</summary>
    private sealed class StallingStream(byte[] bytes, CancellationTokenSource giveUp) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position < Length)
                return await base.ReadAsync(buffer, cancellationToken);
            await giveUp.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            return 0;
        }
    }
}
