namespace Miosa.Devices.Tests.Doors;

public sealed class RightsTests
{
    private static Dictionary<string, string> Status(string text) => text.Split('\n')
        .Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2)
        .ToDictionary(parts => parts[0], parts => parts[1].Trim(), StringComparer.Ordinal);

    [Fact]
    public async Task An_agents_process_has_no_capability_and_no_way_to_one()
    {
        await using var door = await RunningDoor.StartAsync();

        var status = Status((await door.RunAsync(door.Command("cat", "/proc/self/status"))).Output);

        foreach (var set in (string[])["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
            Assert.Equal("0000000000000000", status[set]);
        Assert.Equal("1", status["NoNewPrivs"]);
        Assert.Equal("65534\t65534\t65534\t65534", status["Uid"]);
        Assert.Equal("65534\t65534\t65534\t65534", status["Gid"]);
        Assert.Equal("65534", status["Groups"]);
        Assert.Equal("0000000000000000", status["SigIgn"]);
        Assert.Equal("0000000000000000", status["SigBlk"]);
    }

    [Fact]
    public async Task Root_keeps_its_capabilities_but_can_not_hand_any_out()
    {
        await using var door = await RunningDoor.StartAsync();
        const ulong setPcap = 1UL << 8;
        var own = Convert.ToUInt64(Status(await File.ReadAllTextAsync("/proc/self/status"))["CapBnd"], 16);

        var status = Status((await door.RunAsync(door.Command("cat", "/proc/self/status") with { User = "root" })).Output);

        Assert.Equal(own & ~setPcap, Convert.ToUInt64(status["CapBnd"], 16));
        Assert.Equal(0UL, Convert.ToUInt64(status["CapEff"], 16) & setPcap);
        Assert.Equal("0000000000000000", status["CapInh"]);
        Assert.Equal("1", status["NoNewPrivs"]);
    }

    [Fact]
    public async Task A_process_inherits_no_descriptor_but_its_own_three()
    {
        await using var door = await RunningDoor.StartAsync();

        var finished = await door.RunAsync("for fd in /proc/$$/fd/*; do echo ${fd##*/} $(readlink $fd); done");

        var lines = finished.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToList();
        Assert.Equal(["0", "1", "2"], lines.Select(line => line[0]).Where(fd => fd is not ("10" or "3")));
        Assert.Equal("/dev/null", lines[0][1]);
        Assert.DoesNotContain(lines, line => line.Length > 1 && (line[1].StartsWith("socket:", StringComparison.Ordinal) || line[1].Contains("state", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_process_leads_its_own_session_and_goes_first_when_memory_runs_out()
    {
        await using var door = await RunningDoor.StartAsync();

        var finished = await door.RunAsync("cut -d' ' -f5,6 /proc/$$/stat; echo $$; cat /proc/self/oom_score_adj; umask");

        var lines = finished.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal($"{lines[1]} {lines[1]}", lines[0]);
        Assert.Equal(["500", "0022"], lines[2..]);
    }

    [Fact]
    public async Task The_door_and_its_records_are_closed_to_the_agent()
    {
        await using var door = await RunningDoor.StartAsync();

        var finished = await door.RunAsync($"ls {door.State}; cat /proc/{door.Pid}/environ; ls /proc/{door.Pid}/fd; kill -9 {door.Pid}; kill -9 $PPID; ls -l /proc/$PPID/fd; test -w {door.Socket} || echo shut");

        Assert.Equal("shut\n", finished.Output);
        Assert.Equal(0, finished.State.ExitCode);
        await door.Client.InfoAsync();
    }

    [Fact]
    public async Task Supplementary_groups_come_from_the_sandbox()
    {
        await using var door = await RunningDoor.StartAsync();

        /* daemon is a member of nothing on a plain system; its groups are its own and no one else's. */
        var finished = await door.RunAsync(door.Command("id", "-G") with { User = "daemon", WorkingDirectory = "/" });

        Assert.Equal("1\n", finished.Output);
    }

    [Fact]
    public async Task A_set_user_id_program_gives_nothing()
    {
        await using var door = await RunningDoor.StartAsync();
        var copy = Path.Combine(door.Work, "id");
        File.Copy("/usr/bin/id", copy);
        File.SetUnixFileMode(copy, (UnixFileMode)0x9ED);

        var finished = await door.RunAsync(door.Command(copy, "-u"));

        Assert.Equal("65534\n", finished.Output);
    }
}
