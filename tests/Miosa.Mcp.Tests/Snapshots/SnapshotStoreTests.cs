using Miosa.Devices;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Snapshots;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Tests.Snapshots;

public sealed class SnapshotStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTime _time = new();
    private readonly Database _database;
    private readonly SnapshotStore _store;

    public SnapshotStoreTests()
    {
        Dapper.DefaultTypeMap.MatchNamesWithUnderscores = true;
        _database = new Database(_directory.File("miosa.db"));
        _store = new SnapshotStore(_database);
    }

    public void Dispose()
    {
        _database.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task What_was_stored_is_read_as_it_was()
    {
        var row = SnapshotRows.New(_time) with
        {
            Name = "Größe 😀", Comment = "c", IsAutomatic = true, State = SnapshotState.Failed, Reason = "r", Isolation = Isolation.Strong,
            Size = DeviceSize.Find("large")! with { Name = "custom", Cpus = 3 },
        };

        await _store.AddAsync(row, most: 10, CancellationToken.None);

        Assert.Equal(row, await _store.FindAsync(row.Id, CancellationToken.None));
        await _store.UpdateAsync(row with { State = SnapshotState.Ready, Reason = null }, CancellationToken.None);
        Assert.Equal(row with { State = SnapshotState.Ready, Reason = null }, await _store.FindAsync(row.Id, CancellationToken.None));
        await _store.RemoveAsync(row.Id, CancellationToken.None);
        Assert.Null(await _store.FindAsync(row.Id, CancellationToken.None));
    }

    [Fact]
    public async Task A_person_gets_no_more_of_a_sandbox_than_the_most_whatever_comes_at_once()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            try
            {
                await _store.AddAsync(SnapshotRows.New(_time), most: 4, CancellationToken.None);
                return true;
            }
            catch (ToolFailureException failure) when (failure.Code is ToolErrorCode.LimitExceeded)
            {
                return false;
            }
        }));

        Assert.Equal(4, outcomes.Count(added => added));
        // Those of the host and those of other sandboxes do not count.
        await _store.AddAsync(SnapshotRows.New(_time) with { IsAutomatic = true }, most: 4, CancellationToken.None);
        await _store.AddAsync(SnapshotRows.New(_time) with { SandboxId = "sbx_other" }, most: 4, CancellationToken.None);
    }

    [Fact]
    public async Task A_list_shows_the_latest_first_of_one_workspace_and_continues_behind_its_cursor()
    {
        List<string> made = [];
        for (var i = 0; i < 7; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            var row = SnapshotRows.New(_time) with { SandboxId = $"sbx_{i % 2}" };
            made.Insert(0, row.Id);
            await _store.AddAsync(row, most: 10, CancellationToken.None);
        }
        await _store.AddAsync(SnapshotRows.New(_time) with { Workspace = "acme" }, most: 10, CancellationToken.None);

        var first = await ListAsync(null, null, 4);
        var second = await ListAsync(null, first[^1], 4);

        Assert.Equal(made, first.Concat(second));
        Assert.Equal(made.Where((_, i) => i % 2 is 0), await ListAsync("sbx_0", null, 10));
    }

    private async Task<IReadOnlyList<string>> ListAsync(string? sandboxId, string? before, int limit) =>
        [.. (await _store.ListAsync(Caller.DefaultWorkspace, sandboxId, before, limit, CancellationToken.None)).Select(row => row.Id)];
}
