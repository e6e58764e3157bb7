using System.Diagnostics;
using System.Globalization;
using Miosa.Devices.Oci;

namespace Miosa.Devices.Tests.Oci;

/// <summary>Freezing with a real process in a real group, under each version of control groups that this machine has.</summary>
public sealed class FreezerTests : IDisposable
{
    private const string Id = "frozen";
    private readonly EngineOptions _options = new() { DataDirectory = "/nowhere", RunDirectory = $"/nowhere/{Guid.NewGuid():n}", DoorPath = "/nowhere", FirstUserId = 1 };
    private readonly Process _process = Process.Start(new ProcessStartInfo("sh", ["-c", "while :; do :; done"]))!;
    private string? _group;

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        if (_group is null)
            return;
        // The groups above it too, unless sandboxes are in them.
        for (var group = _group; group.Contains("/miosa", StringComparison.Ordinal) && !Directory.EnumerateDirectories(group).Any(); group = Path.GetDirectoryName(group)!)
            Directory.Delete(group);
    }

    [Theory]
    [InlineData("/sys/fs/cgroup/freezer", false)]
    [InlineData("/sys/fs/cgroup/unified", true)]
    [InlineData("/sys/fs/cgroup", true)]
    public async Task What_is_frozen_takes_no_time_and_goes_on(string hierarchy, bool isUnified)
    {
        var freezer = Join(hierarchy, isUnified);
        Assert.True(freezer.CanFreeze(Id));
        Assert.False(freezer.IsFrozen(Id));

        await freezer.FreezeAsync(Id);
        Assert.True(freezer.IsFrozen(Id));
        var before = CpuTicks();
        // Time that a running one would surely use.
        await Assert.ThrowsAsync<TimeoutException>(() => _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMilliseconds(300)));
        Assert.Equal(before, CpuTicks());

        freezer.Thaw(Id);
        freezer.Thaw(Id);
        Assert.False(freezer.IsFrozen(Id));
        var started = TimeProvider.System.GetTimestamp();
        while (CpuTicks() == before)
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(20), "It did not go on.");
    }

    [Fact]
    public void What_is_in_no_group_cannot_be_frozen_and_is_not()
    {
        var freezer = Freezer.Of(_options, TimeProvider.System);

        Assert.False(freezer.CanFreeze(Id));
        Assert.False(freezer.IsFrozen(Id));
        freezer.Thaw(Id);
    }

    private Freezer Join(string hierarchy, bool isUnified)
    {
        Assert.SkipUnless(
            isUnified ? File.Exists($"{hierarchy}/cgroup.controllers") : Directory.Exists(hierarchy) && Environment.IsPrivilegedProcess,
            $"{hierarchy} is no control group hierarchy here.");
        var group = hierarchy + CgroupNames.Path(_options, Id);
        Directory.CreateDirectory(group);
        _group = group;
        File.WriteAllText(Path.Combine(group, "cgroup.procs"), _process.Id.ToString(CultureInfo.InvariantCulture));
        return new Freezer(hierarchy, isUnified, _options, TimeProvider.System);
    }

    private long CpuTicks()
    {
        var stat = File.ReadAllText($"/proc/{_process.Id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
    }
}
