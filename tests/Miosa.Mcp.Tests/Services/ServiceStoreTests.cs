using Miosa.Mcp.Calls;
using Miosa.Mcp.Sandboxes;
using Miosa.Mcp.Services;
using Miosa.Mcp.Snapshots;
using Miosa.Mcp.Storage;
using Miosa.Mcp.Tests.Snapshots;

namespace Miosa.Mcp.Tests.Services;

public sealed class ServiceStoreTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTime _time = new();
    private readonly Database _database;
    private readonly ServiceStore _store;
    private SandboxRow _sandbox = null!;

    public ServiceStoreTests()
    {
        Dapper.DefaultTypeMap.MatchNamesWithUnderscores = true;
        _database = new Database(_directory.File("miosa.db"));
        _store = new ServiceStore(_database);
    }

    public async ValueTask InitializeAsync() =>
        _sandbox = (await new SandboxStore(_database).GetOrAddAsync(SandboxRequests.ToRow(McpHarness.Somebody, new SandboxRequest(), _time), 10, CancellationToken.None)).Row;

    public ValueTask DisposeAsync()
    {
        _database.Dispose();
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_was_stored_is_read_as_it_was()
    {
        var spec = new ServiceSpec
        {
            Command = "run \"it\" 😀", Cwd = "/srv", User = "root", Port = 3000, RestartPolicy = RestartPolicy.Never, HealthPath = "/h", HealthIntervalSeconds = 7,
            Env = new Dictionary<string, string> { ["A"] = "1" },
        };

        var (row, created) = await _store.GetOrAddAsync(Row("web", spec), 20, CancellationToken.None);

        Assert.True(created);
        Assert.Equivalent(row, await _store.FindAsync(row.Id, CancellationToken.None), strict: true);
    }

    [Fact]
    public async Task Of_a_destroyed_sandbox_values_are_forgotten_at_once_and_the_rest_when_nothing_is_left_to_fork()
    {
        var sandboxes = new SandboxStore(_database);
        var snapshots = new SnapshotStore(_database);
        var (kept, _) = await _store.GetOrAddAsync(Row("web", new ServiceSpec { Command = "run", Env = new Dictionary<string, string> { ["KEY"] = "secret" } }), 20, CancellationToken.None);
        var snapshot = SnapshotRows.New(_time) with { SandboxId = _sandbox.Id };
        await snapshots.AddAsync(snapshot, 10, CancellationToken.None);

        await _store.ForgetDestroyedAsync(CancellationToken.None);
        var living = await _store.FindAsync(kept.Id, CancellationToken.None);
        await sandboxes.UpdateAsync(_sandbox with { State = SandboxState.Destroyed }, CancellationToken.None);
        await _store.ForgetDestroyedAsync(CancellationToken.None);
        var destroyed = await _store.FindAsync(kept.Id, CancellationToken.None);
        await snapshots.RemoveAsync(snapshot.Id, CancellationToken.None);
        await _store.ForgetDestroyedAsync(CancellationToken.None);

        Assert.Equal("secret", living!.Spec.Env["KEY"]);
        Assert.Equal("", destroyed!.Spec.Env["KEY"]);
        Assert.Null(await _store.FindAsync(kept.Id, CancellationToken.None));
    }

    [Fact]
    public async Task Twenty_at_once_with_one_name_get_one_service_and_there_are_never_more_than_the_most()
    {
        var same = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _store.GetOrAddAsync(Row("web"), 3, CancellationToken.None)));
        await _store.GetOrAddAsync(Row("b"), 3, CancellationToken.None);
        await _store.GetOrAddAsync(Row("c"), 3, CancellationToken.None);

        Assert.Single(same, added => added.Created);
        var failure = await Assert.ThrowsAsync<ToolFailureException>(() => _store.GetOrAddAsync(Row("d"), 3, CancellationToken.None));
        Assert.Equal(ToolErrorCode.LimitExceeded, failure.Code);
        Assert.Equal(["web", "b", "c"], (await _store.ListAsync(_sandbox.Id, CancellationToken.None)).Select(row => row.Name));
    }

    [Fact]
    public async Task How_it_runs_and_whether_it_is_wanted_do_not_overwrite_each_other()
    {
        var (row, _) = await _store.GetOrAddAsync(Row("web"), 20, CancellationToken.None);

        await _store.UnwantAsync(row.Id, CancellationToken.None);
        await _store.UpdateAsync(row with { State = ServiceState.Running, ProcessId = "proc_1", Restarts = 2 }, CancellationToken.None);
        var now = (await _store.FindAsync(row.Id, CancellationToken.None))!;
        Assert.Equal((false, ServiceState.Running), (now.IsWanted, now.State));

        await _store.BeginAsync(row.Id, CancellationToken.None);
        now = (await _store.FindAsync(row.Id, CancellationToken.None))!;
        Assert.Equal((true, ServiceState.Running, "proc_1", 2), (now.IsWanted, now.State, now.ProcessId, now.Restarts));

        await _store.UpdateAsync(now with { State = ServiceState.Error, Reason = "It failed." }, CancellationToken.None);
        await _store.BeginAsync(row.Id, CancellationToken.None);
        now = (await _store.FindAsync(row.Id, CancellationToken.None))!;
        Assert.Equal((true, ServiceState.Starting, null, "proc_1", 0), (now.IsWanted, now.State, now.Reason, now.ProcessId, now.Restarts));
    }

    [Fact]
    public void Two_specs_are_the_same_in_whatever_order_their_variables_are()
    {
        var one = new ServiceSpec { Command = "run", Env = new Dictionary<string, string> { ["A"] = "1", ["B"] = "2" } };
        var other = new ServiceSpec { Command = "run", Env = new Dictionary<string, string> { ["B"] = "2", ["A"] = "1" } };

        Assert.True(one.IsSameAs(other));
        Assert.False(one.IsSameAs(other with { Port = 1 }));
        Assert.False(one.IsSameAs(other with { Env = new Dictionary<string, string> { ["A"] = "1" } }));
    }

    private ServiceRow Row(string name, ServiceSpec? spec = null)
    {
        // Ids sort by time.
        _time.Advance(TimeSpan.FromMilliseconds(1));
        return new ServiceRow
        {
            Id = Ids.New("svc", _time),
            SandboxId = _sandbox.Id,
            Workspace = "default",
            Principal = "local:0",
            Name = name,
            Spec = spec ?? new ServiceSpec { Command = "run" },
            IsWanted = true,
            State = ServiceState.Stopped,
            CreatedAt = _time.GetUtcNow(),
        };
    }
}
