using Miosa.Mcp.Services;

namespace Miosa.Mcp.Tests.Services;

public sealed class HealthRecordTests
{
    private static readonly TimeSpan Young = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Old = TimeSpan.FromSeconds(90);
    private readonly HealthRecord _health = new(TimeSpan.FromSeconds(60));

    [Fact]
    public void One_that_does_not_answer_yet_is_not_ill_until_its_time_to_start_is_over()
    {
        Assert.All(Enumerable.Range(0, 50), _ => Assert.False(_health.Note(answered: false, Young)));
        Assert.Null(_health.State);

        Assert.True(_health.Note(answered: false, Old));
        Assert.Equal(ServiceHealth.Unhealthy, _health.State);
    }

    [Fact]
    public void Three_failures_in_a_row_are_an_illness_and_fewer_are_none()
    {
        Assert.True(_health.Note(answered: true, Young));
        foreach (var answered in new[] { false, false, true, false, false })
            Assert.False(_health.Note(answered, Young));
        Assert.Equal(ServiceHealth.Healthy, _health.State);

        Assert.True(_health.Note(answered: false, Young));
        Assert.Equal(ServiceHealth.Unhealthy, _health.State);
    }

    [Fact]
    public void One_answer_makes_it_healthy_again_and_each_change_is_told_once()
    {
        _health.Note(answered: true, Young);
        var told = new[] { false, false, false, false, true, true }.Select(answered => _health.Note(answered, Young));

        Assert.Equal([false, false, true, false, true, false], told);
    }

    [Fact]
    public void One_that_answered_is_hopeless_after_six_failures_in_a_row()
    {
        _health.Note(answered: true, Young);
        var hopeless = Enumerable.Range(0, 7).Select(_ =>
        {
            _health.Note(answered: false, Young);
            return _health.IsHopeless(Young);
        });

        Assert.Equal([false, false, false, false, false, true, true], hopeless);
    }

    [Fact]
    public void One_that_never_answered_has_ten_minutes()
    {
        for (var i = 0; i < 100; i++)
            _health.Note(answered: false, Old);

        Assert.Equal(ServiceHealth.Unhealthy, _health.State);
        Assert.False(_health.IsHopeless(TimeSpan.FromMinutes(9)));
        Assert.True(_health.IsHopeless(TimeSpan.FromMinutes(10)));
    }

    [Fact]
    public void It_was_well_from_its_first_to_its_last_answer()
    {
        foreach (var (answered, second) in new[] { (false, 1), (true, 5), (true, 9), (false, 30) })
            _health.Note(answered, TimeSpan.FromSeconds(second));

        Assert.Equal(TimeSpan.FromSeconds(4), _health.Well);
    }
}
