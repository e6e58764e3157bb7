using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Tests.Sandboxes;

public sealed class SandboxActivityTests
{
    private readonly FakeTime _time = new();
    private readonly SandboxActivity _activity;

    public SandboxActivityTests() => _activity = new SandboxActivity(_time);

    [Fact]
    public void A_use_in_progress_is_no_idleness_and_its_end_starts_the_clock()
    {
        var use = _activity.Use("a");
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(TimeSpan.Zero, _activity.IdleFor("a"));
        Assert.Equal(TimeSpan.FromHours(1), _activity.QuietFor("a"));

        use.Dispose();
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.FromMinutes(1), _activity.IdleFor("a"));
    }

    [Fact]
    public void A_use_that_is_ended_twice_ends_once()
    {
        var first = _activity.Use("a");
        using var second = _activity.Use("a");

        first.Dispose();
        first.Dispose();

        Assert.True(_activity.IsUsed("a"));
    }

    [Fact]
    public void Somebody_who_came_meanwhile_is_seen_also_when_gone_again()
    {
        var (begun, last) = (_activity.UsesBegun("a"), _activity.LastUse("a"));
        _time.Advance(TimeSpan.FromSeconds(1));

        _activity.Use("a").Dispose();

        Assert.NotEqual(begun, _activity.UsesBegun("a"));
        Assert.NotEqual(last, _activity.LastUse("a"));
    }

    [Fact]
    public void A_date_that_is_set_forward_makes_nothing_idle()
    {
        _activity.Touch("a");
        _time.SetUtcNow(_time.GetUtcNow().AddDays(1));

        Assert.Equal(TimeSpan.Zero, _activity.IdleFor("a"));
    }

    [Fact]
    public void A_sandbox_nobody_knows_of_begins_now()
    {
        Assert.Equal(TimeSpan.Zero, _activity.IdleFor("new"));
        _activity.Touch("new");
        _time.Advance(TimeSpan.FromMinutes(3));
        _activity.Forget("new");

        Assert.Equal(TimeSpan.Zero, _activity.IdleFor("new"));
    }
}
