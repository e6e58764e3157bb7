using Miosa.Devices.Doors;
using Miosa.Mcp.Files;

namespace Miosa.Mcp.Tests.Files;

public sealed class ChangeBudgetTests
{
    private static readonly FileChanges Large = new()
    {
        Changes = [.. Enumerable.Range(0, 100).Select(i => new FileChange(FileChangeKind.Modified, $"{new string('x', 200)}{i}", IsDirectory: false, null))],
    };

    [Fact]
    public void What_ordinary_work_changes_never_waits()
    {
        var budget = new ChangeBudget(new FakeTime());

        Assert.All(Enumerable.Range(0, 200), _ => Assert.Equal(TimeSpan.Zero, budget.Take(Large)));
    }

    [Fact]
    public void A_storm_gets_a_kilobyte_a_second_into_the_journal()
    {
        var time = new FakeTime();
        var budget = new ChangeBudget(time);
        while (budget.Take(Large) == TimeSpan.Zero)
        {
        }

        var taken = 0;
        var started = time.GetTimestamp();
        while (time.GetElapsedTime(started) < TimeSpan.FromHours(1))
        {
            time.Advance(budget.Take(Large));
            taken++;
        }

        Assert.InRange(taken, 600, 800);
    }

    [Fact]
    public void No_wait_is_so_long_that_the_sandbox_gives_the_watch_up()
    {
        var budget = new ChangeBudget(new FakeTime());
        TimeSpan wait;
        while ((wait = budget.Take(Large)) == TimeSpan.Zero)
        {
        }

        Assert.InRange(wait.TotalSeconds, 0, 10);
    }
}
