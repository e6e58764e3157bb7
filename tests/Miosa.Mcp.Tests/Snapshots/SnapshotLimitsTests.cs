using Miosa.Mcp.Snapshots;

namespace Miosa.Mcp.Tests.Snapshots;

public sealed class SnapshotLimitsTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public void Of_those_that_the_host_took_the_oldest_go_when_there_are_too_many()
    {
        var rows = Rows(5, automatic: true);

        Assert.Equal([rows[3].Id, rows[4].Id], Beyond(rows, new SnapshotOptions { AutomaticCount = 3 }));
    }

    [Fact]
    public void One_that_the_host_took_goes_when_its_time_is_up_and_not_before()
    {
        var rows = Rows(2, automatic: true);
        var limits = new SnapshotOptions { AutomaticAge = TimeSpan.FromHours(1) };

        _time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(2));
        Assert.Equal([rows[1].Id], Beyond(rows, limits));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal([rows[0].Id, rows[1].Id], Beyond(rows, limits));
    }

    [Fact]
    public void Those_of_a_person_stay_whatever_the_host_took_unless_a_limit_is_set_for_them()
    {
        var own = Rows(5, automatic: false);
        IReadOnlyList<SnapshotRow> all = [.. Rows(5, automatic: true), .. own];
        _time.Advance(TimeSpan.FromDays(3000));

        Assert.DoesNotContain(Beyond(all, new SnapshotOptions { AutomaticCount = 1 }), id => own.Any(row => row.Id == id));
        Assert.Equal(own.Skip(2).Select(row => row.Id), Beyond(own, new SnapshotOptions { Count = 2 }));
        Assert.Equal(5, Beyond(own, new SnapshotOptions { Age = TimeSpan.FromDays(1) }).Count());
    }

    [Fact]
    public void One_that_is_being_taken_or_deleted_is_left_alone_and_one_that_failed_is_shown_for_a_while()
    {
        IReadOnlyList<SnapshotRow> rows = [.. Enum.GetValues<SnapshotState>().Where(state => state is not SnapshotState.Ready).Select(state => SnapshotRows.New(_time) with { State = state })];
        var limits = new SnapshotOptions { AutomaticAge = TimeSpan.FromHours(1), AutomaticCount = 1, Count = 1, Age = TimeSpan.FromHours(1) };

        Assert.Empty(Beyond(rows, limits));
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal([rows.Single(row => row.State is SnapshotState.Failed).Id], Beyond(rows, limits));
    }

    private List<SnapshotRow> Rows(int count, bool automatic)
    {
        List<SnapshotRow> rows = [];
        for (var i = 0; i < count; i++)
        {
            rows.Insert(0, SnapshotRows.New(_time) with { IsAutomatic = automatic });
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }
        return rows;
    }

    private IEnumerable<string> Beyond(IReadOnlyList<SnapshotRow> rows, SnapshotOptions limits) => SnapshotLimits.Beyond(rows, limits, _time.GetUtcNow()).Select(beyond => beyond.Row.Id);
}
