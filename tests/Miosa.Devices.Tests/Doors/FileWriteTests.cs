using System.IO.Pipelines;
using Miosa.Devices.Doors;

namespace Miosa.Devices.Tests.Doors;

public sealed class FileWriteTests
{
    private static readonly byte[] New = "new"u8.ToArray();

    [Fact]
    public async Task A_file_keeps_its_mode_and_its_owner_when_it_is_replaced()
    {
        await using var door = await RunningDoor.StartAsync();
        await door.RunAsync("echo old > script; chmod 751 script");

        var written = await door.RootFiles.WriteAsync($"{door.Work}/script", New);

        Assert.Equal(((UnixFileMode)0x1E9, 65534L, 65534L, 3L), (written.Stat.Mode, written.Stat.UserId, written.Stat.GroupId, written.Stat.Size));
        Assert.True(written.AtOnce);
        Assert.Equal((UnixFileMode)0x180, (await door.Files.WriteAsync($"{door.Work}/script", New, new WriteOptions { Mode = (UnixFileMode)0x180 })).Stat.Mode);
    }

    [Fact]
    public async Task A_file_that_must_be_new_is_never_replaced()
    {
        await using var door = await RunningDoor.StartAsync();
        var path = $"{door.Work}/file";

        var results = await Task.WhenAll(Enumerable.Range(0, 10).Select(async i =>
        {
            try
            {
                await door.Files.WriteAsync(path, new byte[] { (byte)i }, new WriteOptions { MustBeNew = true });
                return (Errno?)null;
            }
            catch (DoorException refused) when (refused.Stage is DoorStage.Condition)
            {
                return refused.Errno;
            }
        }));

        Assert.Single(results, result => result is null);
        Assert.Equal(9, results.Count(result => result is Errno.EEXIST));
        Assert.Single(Directory.GetFileSystemEntries(door.Work));
    }

    [Fact]
    public async Task Of_many_edits_of_one_version_one_wins()
    {
        await using var door = await RunningDoor.StartAsync();
        var path = $"{door.Work}/file";
        var version = (await door.Files.WriteAsync(path, "start"u8.ToArray())).Stat.Version;

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            try
            {
                return (await door.Files.WriteAsync(path, new byte[i + 10], new WriteOptions { Expected = version })).Stat;
            }
            catch (DoorException refused) when (refused is { Stage: DoorStage.Condition, Errno: Errno.ESTALE })
            {
                return null;
            }
        }));

        var winner = Assert.Single(results, result => result is not null);
        Assert.Equal(winner!.Version, (await door.Files.StatAsync(path)).Version);
        Assert.Single(Directory.GetFileSystemEntries(door.Work));
    }

    [Fact]
    public async Task Writing_through_a_link_changes_what_it_points_to()
    {
        await using var door = await RunningDoor.StartAsync();
        await door.RunAsync("mkdir sub; echo old > sub/real; ln -s sub/real link; ln -s sub/later dangling");

        await door.Files.WriteAsync($"{door.Work}/link", New);
        await door.Files.WriteAsync($"{door.Work}/dangling", New);

        Assert.Equal(FileType.Link, (await door.Files.StatAsync($"{door.Work}/link")).Type);
        Assert.Equal("new", await FileTests.TextAsync(door, $"{door.Work}/sub/real"));
        Assert.Equal("new", await FileTests.TextAsync(door, $"{door.Work}/sub/later"));
    }

    [Fact]
    public async Task Append_adds_and_parents_are_made()
    {
        await using var door = await RunningDoor.StartAsync();
        var path = $"{door.Work}/a/b/log";
        var options = new WriteOptions { Append = true, MakeParents = true };

        await door.Files.WriteAsync(path, "one "u8.ToArray(), options);
        var written = await door.Files.WriteAsync(path, "two"u8.ToArray(), options);

        Assert.Equal((7L, false), (written.Stat.Size, written.AtOnce));
        Assert.Equal("one two", await FileTests.TextAsync(door, path));
    }

    [Fact]
    public async Task A_file_in_a_directory_that_may_not_be_changed_is_written_in_place()
    {
        await using var door = await RunningDoor.StartAsync();
        await door.RunAsync("mkdir closed; echo a longer text > closed/file; chmod 555 closed");
        await door.RunAsync(door.Shell("echo old > shared; chmod 666 shared") with { User = "root" });

        Assert.False((await door.Files.WriteAsync($"{door.Work}/closed/file", New)).AtOnce);
        Assert.Equal("new", await FileTests.TextAsync(door, $"{door.Work}/closed/file"));

        var shared = await door.Files.WriteAsync($"{door.Work}/shared", New);
        Assert.Equal((false, 0L), (shared.AtOnce, shared.Stat.UserId));
        Assert.Equal("new", await FileTests.TextAsync(door, $"{door.Work}/shared"));
    }

    [Fact]
    public async Task A_file_that_may_not_be_written_is_not_replaced_either()
    {
        await using var door = await RunningDoor.StartAsync();
        await door.RunAsync(door.Shell("echo old > fixed; chmod 644 fixed") with { User = "root" });

        var refused = await Assert.ThrowsAsync<DoorException>(() => door.Files.WriteAsync($"{door.Work}/fixed", New));

        Assert.Equal(Errno.EACCES, refused.Errno);
        Assert.Equal("old\n", await FileTests.TextAsync(door, $"{door.Work}/fixed"));
    }

    [Fact]
    public async Task A_stream_that_breaks_off_changes_nothing()
    {
        await using var door = await RunningDoor.StartAsync();
        await door.RunAsync("echo old > file");
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await pipe.Writer.WriteAsync(new byte[500_000]);

        var writing = door.Files.WriteAsync($"{door.Work}/file", pipe.Reader.AsStream());
        await pipe.Writer.CompleteAsync(new InvalidOperationException("torn"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => writing);
        await Wait.UntilAsync(() => RunningDoor.Below(door.Pid).Count <= 1, "the handler is gone");
        Assert.Equal("old\n", await FileTests.TextAsync(door, $"{door.Work}/file"));
        Assert.Single(Directory.GetFileSystemEntries(door.Work));
    }

    [Fact]
    public async Task A_stream_of_any_length_is_written_and_a_refusal_is_heard_while_sending()
    {
        await using var door = await RunningDoor.StartAsync();
        var bytes = new byte[20_000_000];
        new Random(2).NextBytes(bytes);

        var written = await door.Files.WriteAsync($"{door.Work}/big", new MemoryStream(bytes), new WriteOptions { Sync = true });
        Assert.Equal(bytes.Length, written.Stat.Size);
        await using var content = await door.Files.ReadAsync($"{door.Work}/big");
        Assert.Equal(bytes, await FileTests.BytesAsync(content));

        var refused = await Assert.ThrowsAsync<DoorException>(() => door.Files.WriteAsync("/etc/shadow", new MemoryStream(bytes)));
        Assert.Equal(Errno.EACCES, refused.Errno);
    }

    /// <summary>The agent swaps a directory of its own with a link to one that it may not write, all the time.</summary>
    [Fact]
    public async Task Links_swapped_during_a_write_lead_nowhere_that_the_user_could_not_write()
    {
        await using var door = await RunningDoor.StartAsync();
        var closed = Path.Combine(door.Root, "closed");
        Directory.CreateDirectory(closed);
        await File.WriteAllTextAsync(Path.Combine(closed, "file"), "secret");
        File.SetUnixFileMode(Path.Combine(closed, "file"), (UnixFileMode)0x180);
        await door.RunAsync($"mkdir own; echo mine > own/file; ln -s {closed} link");
        var swap = door.Command(await CompiledC.HostileAsync(), "swap", "own", "link");
        await using var swapping = await door.Client.StartAsync(swap);
        var (refused, done) = (0, 0);

        for (var i = 0; i < 300; i++)
        {
            try
            {
                if (i % 3 == 0)
                    await door.Files.DeleteAsync($"{door.Work}/own/file");
                else
                    await door.Files.WriteAsync($"{door.Work}/own/file", New, new WriteOptions { MakeParents = true, Append = i % 3 == 1 });
                done++;
            }
            catch (DoorException)
            {
                refused++;
            }
        }

        Assert.True(refused > 0 && done > 0, $"refused {refused}, done {done}");
        Assert.Equal("secret", await File.ReadAllTextAsync(Path.Combine(closed, "file")));
        Assert.Single(Directory.GetFileSystemEntries(closed));
    }
}
