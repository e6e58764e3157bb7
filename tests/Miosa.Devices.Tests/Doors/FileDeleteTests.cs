using System.Diagnostics;
using Miosa.Devices.Doors;

namespace Miosa.Devices.Tests.Doors;

public sealed class FileDeleteTests
{
    [Fact]
    public async Task A_tree_is_deleted_and_what_its_links_point_to_is_not()
    {
        await using var door = await RunningDoor.StartAsync();
        await door.RunAsync("mkdir -p tree/a/b/c tree/d outside; touch tree/1 tree/a/2 tree/a/b/3 outside/kept; ln -s ../outside tree/link; ln -s /etc tree/a/etc");

        Assert.Equal(Errno.ENOTEMPTY, (await Assert.ThrowsAsync<DoorException>(() => door.Files.DeleteAsync($"{door.Work}/tree"))).Errno);
        Assert.Equal(10, await door.Files.DeleteAsync($"{door.Work}/tree", recursive: true));

        Assert.Equal(["outside"], Directory.GetFileSystemEntries(door.Work).Select(Path.GetFileName));
        Assert.Single(Directory.GetFileSystemEntries(Path.Combine(door.Work, "outside")));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("/.")]
    [InlineData("/tmp/..")]
    [InlineData("/proc")]
    [InlineData("/proc/")]
    public async Task The_root_and_mounts_are_never_deleted(string path)
    {
        await using var door = await RunningDoor.StartAsync();

        Assert.Equal(Errno.EBUSY, (await Assert.ThrowsAsync<DoorException>(() => door.RootFiles.DeleteAsync(path, recursive: true))).Errno);
    }

    [Fact]
    public async Task A_mount_inside_a_tree_is_not_entered()
    {
        await using var door = await RunningDoor.StartAsync();
        var mount = Path.Combine(door.Work, "tree", "a", "mounted");
        Directory.CreateDirectory(mount);
        await MountAsync("mount", "-t", "tmpfs", "tmpfs", mount);
        try
        {
            await File.WriteAllTextAsync(Path.Combine(mount, "kept"), "");

            var refused = await Assert.ThrowsAsync<DoorException>(() => door.RootFiles.DeleteAsync($"{door.Work}/tree", recursive: true));

            Assert.Equal((Errno.EXDEV, mount), (refused.Errno, refused.Detail));
            Assert.True(File.Exists(Path.Combine(mount, "kept")));
        }
        finally
        {
            await MountAsync("umount", mount);
        }
    }

    [Fact]
    public async Task A_tree_deeper_than_any_path_is_deleted()
    {
        await using var door = await RunningDoor.StartAsync();
        await door.RunAsync("mkdir deep; cd -P deep; i=0; while [ $i -lt 400 ]; do mkdir dddddddddddddddddddd && cd -P dddddddddddddddddddd || exit 1; i=$((i+1)); done");

        Assert.Equal(401, await door.Files.DeleteAsync($"{door.Work}/deep", recursive: true));
    }

    [Fact]
    public async Task Many_entries_are_deleted()
    {
        await using var door = await RunningDoor.StartAsync();
        await door.RunAsync("mkdir many; cd many; for i in $(seq 100); do mkdir d$i; for j in $(seq 100); do : > d$i/f$j; done; done");

        Assert.Equal(10_101, await door.Files.DeleteAsync($"{door.Work}/many", recursive: true));
    }

    internal static async Task MountAsync(params string[] command)
    {
        using var process = Process.Start(command[0], command[1..]);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
