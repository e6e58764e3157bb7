using Miosa.Devices.Doors;

namespace Miosa.Devices.Tests.Doors;

public sealed class FileWatchTests
{
    [Fact]
    public async Task Changes_made_by_a_command_are_told_once_each()
    {
        await using var door = await RunningDoor.StartAsync();
        await door.RunAsync("mkdir sub; echo > old; echo > sub/changed; echo > sub/from");
        await using var watch = await door.Files.WatchAsync(door.Work);

        await door.RunAsync("echo 1 >> sub/changed; echo 2 >> sub/changed; mv sub/from sub/to; rm old; echo > new; touch gone; rm gone");

        Assert.Equal(
            [
                new(FileChangeKind.Created, "new", false),
                new(FileChangeKind.Deleted, "old", false),
                new(FileChangeKind.Modified, "sub/changed", false),
                new(FileChangeKind.Renamed, "sub/to", false, "sub/from"),
            ],
            (await TakeAsync(watch, 4)).OrderBy(change => change.Path, StringComparer.Ordinal));
        Assert.Equal((2, 0), (watch.Watched, watch.NotWatched));
    }

    [Fact]
    public async Task What_appears_in_new_directories_at_once_is_not_missed()
    {
        await using var door = await RunningDoor.StartAsync();
        await using var watch = await door.Files.WatchAsync(door.Work);

        await door.RunAsync("mkdir -p a/b/c/d && echo > a/b/c/d/file; for i in $(seq 50); do mkdir a/$i; echo > a/$i/x; done");

        var seen = (await TakeAsync(watch, 5 + 100)).Select(change => change.Path).ToHashSet(StringComparer.Ordinal);
        Assert.Contains("a/b/c/d/file", seen);
        Assert.All(Enumerable.Range(1, 50), i => Assert.Contains($"a/{i}/x", seen));
    }

    [Fact]
    public async Task A_renamed_directory_is_watched_under_its_new_name_and_one_moved_away_no_more()
    {
        await using var door = await RunningDoor.StartAsync();
        await door.RunAsync("mkdir -p root/a/inner root/b outside");
        await using var watch = await door.Files.WatchAsync($"{door.Work}/root");

        await door.RunAsync("mv root/a root/z; mv root/b outside/b");
        Assert.Equal(
            [new(FileChangeKind.Deleted, "b", true), new(FileChangeKind.Renamed, "z", true, "a")],
            (await TakeAsync(watch, 2)).OrderBy(change => change.Path, StringComparer.Ordinal));

        await door.RunAsync("echo > outside/b/unseen; echo > root/z/inner/seen");
        Assert.Equal([new(FileChangeKind.Created, "z/inner/seen", false)], await TakeAsync(watch, 1));
    }

    [Fact]
    public async Task A_file_replaced_by_the_door_is_modified_and_its_temporary_name_is_not_told()
    {
        await using var door = await RunningDoor.StartAsync();
        var version = (await door.Files.WriteAsync($"{door.Work}/file", "1"u8.ToArray())).Stat.Version;
        await using var watch = await door.Files.WatchAsync(door.Work);

        await door.Files.WriteAsync($"{door.Work}/file", "22"u8.ToArray(), new WriteOptions { Expected = version });
        Assert.Equal([new(FileChangeKind.Modified, "file", false)], await TakeAsync(watch, 1));

        await door.Files.WriteAsync($"{door.Work}/file", "333"u8.ToArray());
        Assert.Equal([new(FileChangeKind.Modified, "file", false)], await TakeAsync(watch, 1));

        await door.Files.WriteAsync($"{door.Work}/other", "4"u8.ToArray());
        Assert.Equal([new(FileChangeKind.Created, "other", false)], await TakeAsync(watch, 1));
    }

    [Fact]
    public async Task Ignored_names_are_neither_told_nor_entered()
    {
        await using var door = await RunningDoor.StartAsync();
        await door.RunAsync("mkdir -p node_modules/x src");
        await using var watch = await door.Files.WatchAsync(door.Work, ignore: ["node_modules", ".git"]);

        await door.RunAsync("echo > node_modules/x/y; mkdir .git; echo > .git/z; echo > src/seen");

        Assert.Equal([new(FileChangeKind.Created, "src/seen", false)], await TakeAsync(watch, 1));
        Assert.Equal(2, watch.Watched);
    }

    [Fact]
    public async Task A_watch_ends_when_what_it_watches_is_gone()
    {
        await using var door = await RunningDoor.StartAsync();
        await door.RunAsync("mkdir root");
        await using var watch = await door.Files.WatchAsync($"{door.Work}/root");

        await door.RunAsync("rmdir root");

        var changes = new List<FileChange>();
        await foreach (var batch in watch.ReadAsync())
            changes.AddRange(batch.Changes);
        Assert.Equal([new(FileChangeKind.RootGone, "", true)], changes);
        Assert.Equal(Errno.ENOENT, (await Assert.ThrowsAsync<DoorException>(() => door.Files.WatchAsync($"{door.Work}/root"))).Errno);
    }

    [Fact]
    public async Task More_changes_than_can_be_kept_are_said_to_be_missed()
    {
        await using var door = await RunningDoor.StartAsync();
        await using var watch = await door.Files.WatchAsync(door.Work);
        var watcher = RunningDoor.Below(door.Pid).Max();
        _ = Native.Kill(watcher, 19);
        var limit = int.Parse(await File.ReadAllTextAsync("/proc/sys/fs/inotify/max_queued_events"), System.Globalization.CultureInfo.InvariantCulture);
        for (var i = 0; i < limit / 2 + 1000; i++)
            await File.WriteAllBytesAsync(Path.Combine(door.Work, $"{i % 2}"), []);

        _ = Native.Kill(watcher, 18);

        await foreach (var batch in watch.ReadAsync())
            if (batch.Overflowed)
                break;
        await door.RunAsync("mkdir later; echo > later/file");
        await foreach (var batch in watch.ReadAsync())
            if (batch.Changes.Any(change => change.Path == "later/file"))
                break;
    }

    [Fact]
    public async Task Long_paths_are_told_in_batches_that_a_frame_can_hold()
    {
        await using var door = await RunningDoor.StartAsync();
        var deep = string.Join('/', Enumerable.Repeat(new string('d', 200), 15));
        await door.RunAsync($"mkdir -p {deep}");
        await using var watch = await door.Files.WatchAsync(door.Work);

        // One process, so that they come faster than a batch is sent.
        await door.RunAsync($"cd {deep} && seq -f {new string('f', 200)}%g 700 | xargs touch");

        var seen = (await TakeAsync(watch, 700)).Select(change => change.Path).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(700, seen.Count);
    }

    [Fact]
    public async Task Directories_beyond_the_limit_are_counted()
    {
        await using var door = await RunningDoor.StartAsync();
        for (var i = 0; i < 8292; i++)
            Directory.CreateDirectory(Path.Combine(door.Work, $"{i}"));

        await using var watch = await door.Files.WatchAsync(door.Work);

        Assert.Equal((8192, 101), (watch.Watched, watch.NotWatched));
    }

    private static async Task<List<FileChange>> TakeAsync(FileWatch watch, int count)
    {
        var changes = new List<FileChange>();
        await foreach (var batch in watch.ReadAsync())
        {
            Assert.False(batch.Overflowed);
            changes.AddRange(batch.Changes);
            if (changes.Count >= count)
                break;
        }

        return changes;
    }
}
