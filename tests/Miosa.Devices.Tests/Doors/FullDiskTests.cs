using System.Text;
using Miosa.Devices.Doors;

namespace Miosa.Devices.Tests.Doors;

public sealed class FullDiskTests
{
    [Fact]
    public async Task A_process_lives_on_when_its_output_has_no_room_and_the_loss_is_counted()
    {
        await using var disk = await SmallDisk.MountAsync("1m");
        await using var door = await RunningDoor.StartAsync("--state", disk.Path);
        var start = door.Shell($"{await CompiledC.HostileAsync()} flood 3000000; read go; echo after; exit 7") with { Input = new ProcessInput.Open() };
        await using var process = await door.Client.StartAsync(start);
        await Wait.UntilAsync(async () => (await door.Client.ListAsync()).Single().OutputBytes == 3_000_000, "all is written");

        var lost = (await door.Client.ListAsync()).Single().LostBytes;
        Assert.InRange(lost, 1_500_000, 2_999_999);
        foreach (var file in Directory.GetFiles(disk.Path, "filler"))
            File.Delete(file);
        await disk.GrowAsync("4m");
        await door.Client.InputAsync(start.Id, "\n"u8.ToArray());
        var state = await door.EndOfAsync(start.Id);

        Assert.Equal((7, lost), (state.ExitCode, state.LostBytes));
        var (kept, gaps, last) = (0L, 0L, "");
        for (long cursor = 0; ;)
        {
            var page = await door.Client.TailAsync(start.Id, cursor, 1 << 20, TimeSpan.Zero);
            if (page.Chunks.Count == 0)
                break;
            kept += page.Chunks.Sum(chunk => (long)chunk.Bytes.Length);
            gaps += page.Chunks.Sum(chunk => chunk.Missing);
            last = Encoding.UTF8.GetString(page.Chunks[^1].Bytes.Span);
            cursor = page.Next;
        }

        Assert.Equal(lost, gaps);
        Assert.Equal(state.OutputBytes, kept + gaps);
        Assert.Equal("after\n", last);
    }

    [Fact]
    public async Task With_a_spare_directory_commands_still_run_on_a_full_disk()
    {
        await using var disk = await SmallDisk.MountAsync("1m");
        var spare = Directory.CreateTempSubdirectory("door-sp-").FullName;
        await using var door = await RunningDoor.StartAsync("--state", disk.Path, "--spare", spare);
        disk.Fill();

        var start = door.Shell("seq 1 20000; exit 3");
        var finished = await door.RunAsync(start);

        Assert.Equal(string.Concat(Enumerable.Range(1, 20_000).Select(i => $"{i}\n")), finished.Output);
        Assert.Equal((3, 0L), (finished.State.ExitCode, finished.State.LostBytes));
        var listed = Assert.Single(await door.Client.ListAsync());
        Assert.Equal((start.Id, 3), (listed.Id, listed.ExitCode));
        var page = await door.Client.TailAsync(start.Id, 0, 1 << 20, TimeSpan.Zero);
        Assert.Equal(finished.Output.Length, page.Chunks.Sum(chunk => chunk.Bytes.Length));
        Assert.Equal(Errno.EEXIST, (await Assert.ThrowsAsync<DoorException>(() => door.Client.StartAsync(start))).Errno);
        Directory.Delete(spare, recursive: true);
    }

    [Fact]
    public async Task A_log_that_outgrows_the_disk_goes_on_in_the_spare_directory()
    {
        await using var disk = await SmallDisk.MountAsync("1m");
        var spare = Directory.CreateTempSubdirectory("door-sp-").FullName;
        await using var door = await RunningDoor.StartAsync("--state", disk.Path, "--spare", spare);

        var start = door.Shell("seq 1 300000");
        var finished = await door.RunAsync(start);

        Assert.Equal(string.Concat(Enumerable.Range(1, 300_000).Select(i => $"{i}\n")), finished.Output);
        Assert.Equal(0, finished.State.LostBytes);
        Directory.Delete(spare, recursive: true);
    }

    [Fact]
    public async Task Without_one_a_start_on_a_full_disk_is_refused_with_the_reason()
    {
        await using var disk = await SmallDisk.MountAsync("1m");
        await using var door = await RunningDoor.StartAsync("--state", disk.Path);
        disk.Fill();

        var refused = await Assert.ThrowsAsync<DoorException>(() => door.Client.StartAsync(door.Command("true")));

        Assert.Equal((DoorStage.Record, Errno.ENOSPC), (refused.Stage, refused.Errno));
        Assert.Empty(await door.Client.ListAsync());
    }

    [Fact]
    public async Task A_write_that_does_not_fit_says_so_and_leaves_the_old_file()
    {
        await using var disk = await SmallDisk.MountAsync("1m");
        await using var door = await RunningDoor.StartAsync();
        var path = Path.Combine(disk.Path, "file");
        await door.RootFiles.WriteAsync(path, "old"u8.ToArray());

        foreach (var body in (Stream[])[new MemoryStream(new byte[20_000_000]), new MemoryStream(new byte[1_100_000])])
            Assert.Equal(Errno.ENOSPC, (await Assert.ThrowsAsync<DoorException>(() => door.RootFiles.WriteAsync(path, body))).Errno);
        Assert.Equal(Errno.ENOSPC, (await Assert.ThrowsAsync<DoorException>(() => door.RootFiles.WriteAsync(path, new byte[5_000_000]))).Errno);

        Assert.Equal("old", await File.ReadAllTextAsync(path));
        Assert.Single(Directory.GetFileSystemEntries(disk.Path));
    }
}
