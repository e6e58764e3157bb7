using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Tests.Sandboxes;

public sealed class SleepPolicyTests
{
    private static readonly SleepPolicy Usual = SleepPolicy.Of(new SandboxOptions(), null);

    [Fact]
    public void An_idle_sandbox_is_frozen_and_a_frozen_one_is_stopped()
    {
        Assert.Equal(new SleepStep(SandboxSleep.Frozen, TimeSpan.FromMinutes(5)), Usual.Next(isFrozen: false, canFreeze: true));
        Assert.Equal(new SleepStep(SandboxSleep.Stopped, TimeSpan.FromHours(1)), Usual.Next(isFrozen: true, canFreeze: true));
    }

    [Fact]
    public void What_the_machine_cannot_freeze_runs_until_it_is_stopped() =>
        Assert.Equal(new SleepStep(SandboxSleep.Stopped, TimeSpan.FromHours(1)), Usual.Next(isFrozen: false, canFreeze: false));

    [Theory]
    [InlineData(0, 60, null, "Stopped", 60)]
    [InlineData(30, 0, null, "Frozen", 30)]
    [InlineData(60, 30, null, "Stopped", 30)]
    [InlineData(0, 0, null, null, 0)]
    [InlineData(30, 60, 0, null, 0)]
    [InlineData(30, 60, 10, "Frozen", 10)]
    [InlineData(30, 60, 7200, "Frozen", 7200)]
    [InlineData(0, 60, 10, "Frozen", 10)]
    public void Zero_is_never_and_a_sandbox_has_its_own_time(int freeze, int stop, int? own, string? sleep, int after)
    {
        var options = new SandboxOptions { FreezeAfter = TimeSpan.FromSeconds(freeze), StopAfter = TimeSpan.FromSeconds(stop) };

        var step = SleepPolicy.Of(options, own).Next(isFrozen: false, canFreeze: true);

        Assert.Equal(sleep is null ? null : new SleepStep(Enum.Parse<SandboxSleep>(sleep), TimeSpan.FromSeconds(after)), step);
    }

    [Fact]
    public void Its_own_time_moves_the_stop_too()
    {
        var step = SleepPolicy.Of(new SandboxOptions(), sleepAfterSeconds: 7200).Next(isFrozen: true, canFreeze: true);

        Assert.Equal(new SleepStep(SandboxSleep.Stopped, TimeSpan.FromHours(3)), step);
    }

    [Theory]
    [InlineData(269, false, "Nothing")]
    [InlineData(270, false, "Tell")]
    [InlineData(270, true, "Nothing")]
    [InlineData(299, true, "Nothing")]
    [InlineData(300, true, "Act")]
    [InlineData(9_000, false, "Tell")]
    [InlineData(9_000, true, "Act")]
    public void It_is_told_before_it_comes_and_never_comes_untold(int idle, bool isTold, string due) =>
        Assert.Equal(Enum.Parse<SleepDue>(due), Usual.Due(new(SandboxSleep.Frozen, TimeSpan.FromMinutes(5)), TimeSpan.FromSeconds(idle), isTold));

    [Theory]
    [InlineData(4, "Nothing")]
    [InlineData(5, "Tell")]
    public void A_short_timeout_has_a_short_notice(int idle, string due) =>
        Assert.Equal(Enum.Parse<SleepDue>(due), Usual.Due(new(SandboxSleep.Frozen, TimeSpan.FromSeconds(10)), TimeSpan.FromSeconds(idle), isTold: false));
}
