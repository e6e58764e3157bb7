using Miosa.Mcp.Services;

namespace Miosa.Mcp.Tests.Services;

public sealed class RestartDecisionTests
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData("Always", true, "Restart")]
    [InlineData("Always", false, "Restart")]
    [InlineData("OnFailure", true, "Done")]
    [InlineData("OnFailure", false, "Restart")]
    [InlineData("Never", true, "Done")]
    [InlineData("Never", false, "Failed")]
    public void A_policy_decides_what_follows_an_end(string policy, bool isClean, string what) =>
        Assert.Equal(what, Decide(Enum.Parse<RestartPolicy>(policy), isClean, Short, 0).GetType().Name);

    [Fact]
    public void Each_short_life_is_followed_by_a_longer_wait_up_to_a_minute()
    {
        var waits = Enumerable.Range(0, 40).Select(lives => Restart(Short, lives, random: 1).After).ToList();

        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], waits.Take(8).Select(wait => wait.TotalSeconds));
        Assert.All(waits, wait => Assert.InRange(wait, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void Services_that_fail_together_do_not_start_together() =>
        Assert.Equal([6, 7, 8], new[] { 0, 0.5, 1 }.Select(random => Restart(Short, lives: 3, random).After.TotalSeconds));

    [Fact]
    public void The_fifth_short_life_in_a_row_is_a_crash_loop_and_a_long_one_forgives()
    {
        Assert.False(Restart(Short, lives: 3).IsCrashLoop);
        Assert.True(Restart(Short, lives: 4).IsCrashLoop);
        Assert.Equal(1, Restart(RestartDecision.HealthyAfter, lives: 400).ShortLives);
        Assert.False(Restart(RestartDecision.HealthyAfter, lives: 400).IsCrashLoop);
    }

    private static RestartDecision Decide(RestartPolicy policy, bool isClean, TimeSpan ran, int lives, double random = 1) =>
        RestartDecision.Of(policy, isClean, ran, lives, random);

    private static RestartDecision.Restart Restart(TimeSpan ran, int lives, double random = 1) =>
        Assert.IsType<RestartDecision.Restart>(Decide(RestartPolicy.Always, isClean: false, ran, lives, random));
}
