using System.Globalization;
using Miosa.Devices.Doors;

namespace Miosa.Devices.Tests.Doors;

public sealed class ProcessLimitTests
{
    /// <summary>Nothing can be forked any more, not even a handler: then there is still the one in reserve.</summary>
    [Fact]
    public async Task A_fork_bomb_that_has_filled_the_sandbox_can_still_be_killed()
    {
        var group = Directory.Exists("/sys/fs/cgroup/pids") ? "/sys/fs/cgroup/pids" : "/sys/fs/cgroup";
        var own = Path.Combine(group, $"door-{Guid.NewGuid():n}");
        Directory.CreateDirectory(own);
        if (!File.Exists(Path.Combine(own, "pids.max")))
        {
            Directory.Delete(own);
            Assert.Skip("This machine has no pids cgroup.");
        }

        await File.WriteAllTextAsync(Path.Combine(own, "pids.max"), "100");
        await using (var door = await RunningDoor.StartAsync())
        {
            // The door first: what it starts from then on is in the group too, and what it started before may just end.
            await JoinAsync(own, door.Pid);
            foreach (var pid in RunningDoor.Below(door.Pid).Where(pid => Directory.Exists($"/proc/{pid}")))
            {
                try
                {
                    await JoinAsync(own, pid);
                }
                catch (IOException) when (!Directory.Exists($"/proc/{pid}"))
                {
                    // It has ended meanwhile.
                }
            }
            var start = door.Command(await CompiledC.HostileAsync(), "bomb");
            await using var process = await door.Client.StartAsync(start);
            await Wait.UntilAsync(() => RefusedAsync(door), "the sandbox is full");

            await door.Client.SignalAsync(start.Id, Native.Sigkill, tree: true);

            Assert.Equal(9, (await process.WaitAsync()).Signal);
            Assert.Equal("fine\n", (await door.RunAsync("echo fine")).Output);
        }

        Directory.Delete(own);
    }

    private static Task JoinAsync(string group, int pid) =>
        File.WriteAllTextAsync(Path.Combine(group, "cgroup.procs"), pid.ToString(CultureInfo.InvariantCulture));

    private static async Task<bool> RefusedAsync(RunningDoor door)
    {
        try
        {
            await door.Client.InfoAsync();
            return false;
        }
        catch (DoorException refused)
        {
            Assert.Equal((DoorStage.Spawn, Errno.EAGAIN), (refused.Stage, refused.Errno));
            return true;
        }
    }
}
