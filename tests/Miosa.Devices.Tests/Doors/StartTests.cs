using System.Text;
using Miosa.Devices.Doors;

namespace Miosa.Devices.Tests.Doors;

public sealed class StartTests
{
    [Fact]
    public async Task A_command_gets_its_environment_directory_and_user_and_nothing_else()
    {
        await using var door = await RunningDoor.StartAsync();

        var finished = await door.RunAsync(door.Shell("pwd; id -un; env; echo oops >&2; exit 3") with
        {
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = "/usr/bin:/bin", ["ONE"] = "1 ü" },
        });

        Assert.Equal($"{door.Work}\nnobody\nONE=1 ü\nPATH=/usr/bin:/bin\nPWD={door.Work}\n", string.Concat(finished.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Take(2).Concat(finished.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(2).Order(StringComparer.Ordinal)).Select(line => line + "\n")));
        Assert.Equal("oops\n", finished.Error);
        Assert.Equal((ProcessStatus.Exited, 3), (finished.State.Status, finished.State.ExitCode));
        Assert.Equal(5, finished.State.ErrorBytes);
    }

    [Theory]
    [InlineData("/no/such/command", null, null, DoorStage.Command, Errno.ENOENT)]
    [InlineData("nonesuch", null, null, DoorStage.Command, Errno.ENOENT)]
    [InlineData("/etc/passwd", null, null, DoorStage.Command, Errno.EACCES)]
    [InlineData("true", "/no/such/directory", null, DoorStage.Directory, Errno.ENOENT)]
    [InlineData("true", "/etc/passwd", null, DoorStage.Directory, Errno.ENOTDIR)]
    [InlineData("true", "/root", null, DoorStage.Directory, Errno.EACCES)]
    [InlineData("true", null, "nonesuch", DoorStage.User, Errno.ENOENT)]
    public async Task What_was_in_the_way_of_a_start_is_told_apart(string command, string? directory, string? user, DoorStage stage, Errno errno)
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Command(command);

        var refused = await Assert.ThrowsAsync<DoorException>(() => door.Client.StartAsync(
            start with { WorkingDirectory = directory ?? start.WorkingDirectory, User = user ?? start.User }));

        Assert.Equal((stage, errno), (refused.Stage, refused.Errno));
        Assert.Empty(await door.Client.ListAsync());
    }

    [Fact]
    public async Task An_id_is_used_once()
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Command("true");
        await door.RunAsync(start);

        var refused = await Assert.ThrowsAsync<DoorException>(() => door.Client.StartAsync(start));

        Assert.Equal((DoorStage.Record, Errno.EEXIST), (refused.Stage, refused.Errno));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a.b")]
    public async Task An_id_that_could_be_a_path_is_refused(string id)
    {
        await using var door = await RunningDoor.StartAsync();

        var refused = await Assert.ThrowsAsync<DoorException>(() => door.Client.StartAsync(door.Command("true") with { Id = id }));

        Assert.Equal(DoorStage.Request, refused.Stage);
    }

    [Fact]
    public async Task Two_hundred_starts_at_once_all_end_with_their_own_output()
    {
        await using var door = await RunningDoor.StartAsync();

        var finished = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => door.RunAsync(door.Shell($"echo {i}; exit {i % 50}"))));

        Assert.All(finished.Index(), item => Assert.Equal(($"{item.Index}\n", item.Index % 50), (item.Item.Output, item.Item.State.ExitCode)));
        Assert.Equal(200, (await door.Client.ListAsync()).Count);
        await Wait.UntilAsync(() => RunningDoor.Below(door.Pid).Count <= 1, "the keepers are gone");
    }

    [Fact]
    public async Task A_process_that_a_signal_ended_says_which()
    {
        await using var door = await RunningDoor.StartAsync();

        var finished = await door.RunAsync("kill -SEGV $$");

        Assert.Equal((ProcessStatus.Signaled, 11, (int?)null), (finished.State.Status, finished.State.Signal, finished.State.ExitCode));
    }

    [Fact]
    public async Task A_request_beyond_the_limit_is_refused_before_it_is_sent()
    {
        await using var door = await RunningDoor.StartAsync();

        var refused = await Assert.ThrowsAsync<DoorException>(() => door.Client.StartAsync(door.Command("true", new string('x', 1 << 20))));

        Assert.Equal(Errno.E2BIG, refused.Errno);
    }

    [Fact]
    public async Task Info_tells_the_boot_apart()
    {
        await using var door = await RunningDoor.StartAsync();
        await using var other = await RunningDoor.StartAsync();

        var (first, again, third) = (await door.Client.InfoAsync(), await door.Client.InfoAsync(), await other.Client.InfoAsync());

        Assert.Equal(first.Boot, again.Boot);
        Assert.NotEqual(first.Boot, third.Boot);
        Assert.InRange(first.Processes, 1, 100_000);
        Assert.True(first.AdoptsOrphans);
        Assert.Equal(32, Encoding.ASCII.GetByteCount(first.Boot));
    }
}
