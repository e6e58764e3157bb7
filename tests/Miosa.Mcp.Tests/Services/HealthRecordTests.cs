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
}
