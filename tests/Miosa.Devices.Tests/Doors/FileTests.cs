using System.Text;
using Miosa.Devices.Doors;

namespace Miosa.Devices.Tests.Doors;

public sealed class FileTests
{
    [Fact]
    public async Task What_is_written_is_read_again()
    {
        await using var door = await RunningDoor.StartAsync();
        var path = Path.Combine(door.Work, "file");
        var bytes = new byte[3_000_001];
        new Random(1).NextBytes(bytes);

        var written = await door.Files.WriteAsync(path, bytes);
        await using var content = await door.Files.ReadAsync(path);

        Assert.Equal(bytes, await BytesAsync(content));
        Assert.Equal((FileType.File, 3_000_001L, (UnixFileMode)0x1A4), (written.Stat.Type, written.Stat.Size, written.Stat.Mode));
        Assert.Equal(written.Stat, content.Stat);
        Assert.True(written.AtOnce);
        Assert.Equal(["file"], Directory.GetFileSystemEntries(door.Work).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_part_is_read_from_its_offset()
    {
        await using var door = await RunningDoor.StartAsync();
        var path = Path.Combine(door.Work, "file");
        await door.Files.WriteAsync(path, "0123456789"u8.ToArray());

        Assert.Equal("345", await TextAsync(door, path, 3, 3));
        Assert.Equal("89", await TextAsync(door, path, 8, 100));
        Assert.Equal("", await TextAsync(door, path, 10, 100));
        Assert.Equal("", await TextAsync(door, path, 0, 0));
    }

    [Fact]
    public async Task A_file_whose_size_is_not_told_is_read_to_its_end()
    {
        await using var door = await RunningDoor.StartAsync();

        Assert.StartsWith("Name:", await TextAsync(door, "/proc/self/status"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_or_device_does_not_hold_a_read_or_write()
    {
        await using var door = await RunningDoor.StartAsync();
        var pipe = Path.Combine(door.Work, "pipe");
        await door.RunAsync($"mkfifo {pipe}");

        foreach (var path in (string[])[pipe, "/dev/zero", "/dev/tty"])
        {
            var refused = await Assert.ThrowsAsync<DoorException>(async () => await (await door.Files.ReadAsync(path)).DisposeAsync());
            Assert.Contains(refused.Errno, (Errno[])[Errno.EOPNOTSUPP, Errno.EACCES]);
        }

        Assert.Equal(Errno.EISDIR, (await Assert.ThrowsAsync<DoorException>(() => door.Files.ReadAsync(door.Work))).Errno);
        Assert.Equal(Errno.EOPNOTSUPP, (await Assert.ThrowsAsync<DoorException>(() => door.Files.WriteAsync(pipe, "x"u8.ToArray()))).Errno);
        Assert.Equal(Errno.EOPNOTSUPP, (await Assert.ThrowsAsync<DoorException>(() => door.Files.WriteAsync(pipe, "x"u8.ToArray(), new WriteOptions { Append = true }))).Errno);
        await using var empty = await door.Files.ReadAsync(pipe, anyType: true);
        Assert.Empty(await BytesAsync(empty));
    }

    [Fact]
    public async Task Files_are_seen_with_the_users_rights()
    {
        await using var door = await RunningDoor.StartAsync();

        Assert.Equal(Errno.EACCES, (await Assert.ThrowsAsync<DoorException>(() => door.Files.ReadAsync("/etc/shadow"))).Errno);
        Assert.Equal(Errno.EACCES, (await Assert.ThrowsAsync<DoorException>(() => door.Files.WriteAsync("/etc/miosa-test", "x"u8.ToArray()))).Errno);
        Assert.Equal(Errno.EACCES, (await Assert.ThrowsAsync<DoorException>(() => door.Files.ListAsync(door.State))).Errno);
        Assert.NotEmpty(await TextAsync(door.RootFiles, "/etc/shadow"));
    }

    [Theory]
    [InlineData("new\nline")]
    [InlineData("tab\tand \\ backslash")]
    [InlineData(@"bad \xff byte")]
    [InlineData(@"looks like \x5cxff")]
    [InlineData("ümläut 日本 🎉")]
    [InlineData("-rf")]
    [InlineData(" ")]
    [InlineData("...")]
    public async Task Odd_names_are_listed_as_they_can_be_addressed(string name)
    {
        await using var door = await RunningDoor.StartAsync();
        await door.Files.WriteAsync($"{door.Work}/{name}", "content"u8.ToArray());

        var listed = Assert.Single((await door.Files.ListAsync(door.Work)).Entries);

        Assert.Equal(PathText.ToBytes(name), PathText.ToBytes(listed.Path));
        Assert.Equal("content", await TextAsync(door, $"{door.Work}/{listed.Path}"));
        Assert.DoesNotContain(listed.Path, char.IsControl);
        Assert.Equal(1, await door.Files.DeleteAsync($"{door.Work}/{listed.Path}"));
    }

    [Fact]
    public async Task A_name_with_a_NUL_or_a_relative_path_is_refused()
    {
        await using var door = await RunningDoor.StartAsync();

        foreach (var path in (string[])["/tmp/a\0b", @"/tmp/a\x00b", "relative", "", "/tmp/\ud800"])
            Assert.Equal(DoorStage.Request, (await Assert.ThrowsAsync<DoorException>(() => door.Files.StatAsync(path))).Stage);
    }

    [Fact]
    public async Task A_list_goes_by_breadth_and_says_what_it_left_out()
    {
        await using var door = await RunningDoor.StartAsync();
        await door.RunAsync("mkdir -p a/deep/er b/node_modules/x .hidden closed; touch a/1 a/deep/2 b/3 b/node_modules/x/4 .hidden/5; ln -s a/1 link; chmod 0 closed");

        var all = await door.Files.ListAsync(door.Work, new ListOptions { Depth = 9, Skip = ["node_modules"] });
        Assert.Equal([".hidden", "a", "b", "closed", "link", ".hidden/5", "a/1", "a/deep", "b/3", "b/node_modules", "a/deep/2", "a/deep/er"], all.Entries.Select(entry => entry.Path));
        Assert.Equal((false, 1), (all.Truncated, all.Unreadable));
        Assert.Equal("a/1", all.Entries.Single(entry => entry.Stat.Type is FileType.Link).Stat.LinkTarget);

        var visible = await door.Files.ListAsync(door.Work, new ListOptions { Hidden = false });
        Assert.Equal(["a", "b", "closed", "link"], visible.Entries.Select(entry => entry.Path));

        var few = await door.Files.ListAsync(door.Work, new ListOptions { Depth = 9, MaxEntries = 3 });
        Assert.Equal(3, few.Entries.Count);
        Assert.True(few.Truncated);
        Assert.False((await door.Files.ListAsync(door.Work, new ListOptions { MaxEntries = 5 })).Truncated);
    }

    [Fact]
    public async Task Five_thousand_entries_are_listed()
    {
        await using var door = await RunningDoor.StartAsync();
        for (var i = 0; i < 5_000; i++)
            await File.WriteAllBytesAsync(Path.Combine(door.Work, $"{i:00000}"), []);

        var listing = await door.Files.ListAsync(door.Work, new ListOptions { MaxEntries = 100_000 });

        Assert.Equal(Enumerable.Range(0, 5_000).Select(i => $"{i:00000}"), listing.Entries.Select(entry => entry.Path));
    }

    [Fact]
    public async Task Directories_are_made_with_their_parents()
    {
        await using var door = await RunningDoor.StartAsync();

        Assert.True(await door.Files.MakeDirectoryAsync($"{door.Work}/a/b/c"));
        Assert.False(await door.Files.MakeDirectoryAsync($"{door.Work}/a/b/c"));
        Assert.Equal(Errno.ENOENT, (await Assert.ThrowsAsync<DoorException>(() => door.Files.MakeDirectoryAsync($"{door.Work}/x/y", parents: false))).Errno);
        await door.Files.WriteAsync($"{door.Work}/file", "x"u8.ToArray());
        Assert.Equal(Errno.ENOTDIR, (await Assert.ThrowsAsync<DoorException>(() => door.Files.MakeDirectoryAsync($"{door.Work}/file/y"))).Errno);
    }

    [Fact]
    public async Task A_rename_overwrites_only_when_told()
    {
        await using var door = await RunningDoor.StartAsync();
        await door.RunAsync("echo a > a; echo b > b");

        var refused = await Assert.ThrowsAsync<DoorException>(() => door.Files.RenameAsync($"{door.Work}/a", $"{door.Work}/b"));
        Assert.Equal((DoorStage.Condition, Errno.EEXIST), (refused.Stage, refused.Errno));
        Assert.Equal("b\n", await TextAsync(door, $"{door.Work}/b"));

        await door.Files.RenameAsync($"{door.Work}/a", $"{door.Work}/b", overwrite: true);
        Assert.Equal("a\n", await TextAsync(door, $"{door.Work}/b"));
        var gone = await Assert.ThrowsAsync<DoorException>(() => door.Files.RenameAsync($"{door.Work}/a", $"{door.Work}/c"));
        Assert.Equal((Errno.ENOENT, $"{door.Work}/a"), (gone.Errno, gone.Detail));
    }

    [Fact]
    public async Task A_tree_is_copied_with_its_links_modes_and_times()
    {
        await using var door = await RunningDoor.StartAsync();
        await door.RunAsync("mkdir -p tree/sub; echo x > tree/sub/x; chmod 750 tree/sub; chmod 640 tree/sub/x; touch -d 2020-01-01 tree/sub/x; ln -s nowhere tree/link; mkfifo tree/pipe");

        var copied = await door.Files.CopyAsync($"{door.Work}/tree", $"{door.Work}/copy");

        Assert.Equal(new CopiedFiles(5, 2), copied);
        var listing = await door.Files.ListAsync($"{door.Work}/copy", new ListOptions { Depth = 5 });
        Assert.Equal(["link", "pipe", "sub", "sub/x"], listing.Entries.Select(entry => entry.Path));
        var file = listing.Entries[3].Stat;
        Assert.Equal(((UnixFileMode)0x1A0, 2020), (file.Mode, file.ModifiedAt.Year));
        Assert.Equal(Errno.EEXIST, (await Assert.ThrowsAsync<DoorException>(() => door.Files.CopyAsync($"{door.Work}/tree", $"{door.Work}/copy"))).Errno);
        await door.Files.CopyAsync($"{door.Work}/tree/sub/x", $"{door.Work}/copy/sub/x", overwrite: true);
    }

    [Fact]
    public async Task A_tree_copied_into_itself_ends()
    {
        await using var door = await RunningDoor.StartAsync();
        await door.RunAsync("mkdir -p tree/sub; touch tree/x");

        await door.Files.CopyAsync($"{door.Work}/tree", $"{door.Work}/tree/sub/copy");

        var listing = await door.Files.ListAsync($"{door.Work}/tree/sub", new ListOptions { Depth = 9 });
        Assert.Equal(["copy", "copy/sub", "copy/x"], listing.Entries.Select(entry => entry.Path));
    }

    [Fact]
    public async Task Each_kind_of_refusal_has_the_systems_own_name()
    {
        await using var door = await RunningDoor.StartAsync();
        await door.RunAsync("ln -s loop loop; touch file");

        Assert.Equal(Errno.ENOENT, await RefusalAsync("none"));
        Assert.Equal(Errno.ENOTDIR, await RefusalAsync("file/below"));
        Assert.Equal(Errno.ELOOP, await RefusalAsync("loop/x"));
        Assert.Equal(Errno.ENAMETOOLONG, await RefusalAsync(new string('x', 300)));

        async Task<Errno> RefusalAsync(string name) =>
            (await Assert.ThrowsAsync<DoorException>(() => door.Files.StatAsync($"{door.Work}/{name}"))).Errno;
    }

    internal static async Task<byte[]> BytesAsync(Stream content)
    {
        using var all = new MemoryStream();
        await content.CopyToAsync(all);
        return all.ToArray();
    }

    internal static Task<string> TextAsync(RunningDoor door, string path, long offset = 0, long? length = null) =>
        TextAsync(door.Files, path, offset, length);

    internal static async Task<string> TextAsync(DoorFiles files, string path, long offset = 0, long? length = null)
    {
        await using var content = await files.ReadAsync(path, offset, length);
        return Encoding.UTF8.GetString(await BytesAsync(content));
    }
}
