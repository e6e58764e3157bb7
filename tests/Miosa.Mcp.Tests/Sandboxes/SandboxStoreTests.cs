using Miosa.Mcp.Calls;
using Miosa.Mcp.Sandboxes;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Tests.Sandboxes;

public sealed class SandboxStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTime _time = new();
    private readonly Database _database;
    private readonly SandboxStore _store;

    public SandboxStoreTests()
    {
        Dapper.DefaultTypeMap.MatchNamesWithUnderscores = true;
        _database = new Database(_directory.File("miosa.db"));
        _store = new SandboxStore(_database);
    }

    public void Dispose()
    {
        _database.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task What_was_stored_is_read_as_it_was()
    {
        var request = new SandboxRequest
        {
            Name = "Größe 😀", Size = "large", Isolation = "strong", TimeoutSeconds = 60, Persistent = false,
            Env = new Dictionary<string, string> { ["A"] = "1" }, Metadata = new Dictionary<string, string> { ["b"] = "ü" },
            ExternalWorkspaceId = "w", ExternalUserId = "u", ExternalProjectId = "p",
        };

        var (row, created) = await AddAsync(request);

        Assert.True(created);
        Assert.Equivalent(row, await _store.FindAsync(row.Id, CancellationToken.None), strict: true);
    }

    [Fact]
    public async Task Values_are_forgotten_and_names_are_not_when_a_row_says_so()
    {
        var (row, _) = await AddAsync(new SandboxRequest { Env = new Dictionary<string, string> { ["KEY"] = "secret" } });

        await _store.UpdateAsync(row with { State = SandboxState.Destroyed, Request = row.Request with { Env = new Dictionary<string, string> { ["KEY"] = "" } } }, CancellationToken.None);

        Assert.Equal("", (await _store.FindAsync(row.Id, CancellationToken.None))!.Request.Env["KEY"]);
    }

    [Fact]
    public void What_every_answer_tells_is_bounded()
    {
        SandboxRequest[] tooLong =
        [
            new() { Metadata = new Dictionary<string, string> { ["a"] = new('x', 2_000), ["b"] = new('x', 2_000) } },
            new() { ExternalUserId = new('x', 201) },
            new() { ExternalProjectId = new('x', 201) },
            new() { ExternalWorkspaceId = new('x', 201) },
        ];

        Assert.All(tooLong, request => Assert.Equal(ToolErrorCode.InvalidInput, Assert.Throws<ToolFailureException>(() => SandboxRequests.ToRow(McpHarness.Somebody, request, _time)).Code));
    }

    [Fact]
    public void A_workspace_without_a_name_is_that_of_all_who_name_none() =>
        Assert.Equal(Caller.DefaultWorkspace, (McpHarness.Somebody with { Workspace = "" }).WorkspaceName);

    [Fact]
    public async Task Twenty_at_once_with_one_name_get_one_sandbox()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => AddAsync(new SandboxRequest { Name = "web" })));

        Assert.Single(all, added => added.Created);
        Assert.Single(all.Select(added => added.Row.Id).Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task No_two_living_sandboxes_share_a_slot_and_one_that_is_destroyed_gives_its_slot_and_name_back()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => AddAsync(new SandboxRequest { Name = $"s{i}" })));
        Assert.Equal(Enumerable.Range(1, 20), all.Select(added => added.Row.Slot).Order());

        var gone = all[7].Row;
        await _store.UpdateAsync(gone with { State = SandboxState.Destroyed }, CancellationToken.None);
        var (next, created) = await AddAsync(new SandboxRequest { Name = gone.Name });

        Assert.True(created);
        Assert.NotEqual(gone.Id, next.Id);
        Assert.Equal(gone.Slot, next.Slot);
        Assert.Equal(SandboxState.Destroyed, (await _store.FindAsync(gone.Id, CancellationToken.None))!.State);
    }

    [Fact]
    public async Task There_are_never_more_than_the_most()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            try
            {
                return (await AddAsync(new SandboxRequest(), most: 4)).Created;
            }
            catch (ToolFailureException failure) when (failure.Code is ToolErrorCode.LimitExceeded)
            {
                return false;
            }
        }));

        Assert.Equal(4, outcomes.Count(created => created));
        Assert.Equal(4, (await _store.LivingAsync(CancellationToken.None)).Count);
    }

    [Fact]
    public async Task One_name_in_two_workspaces_is_two_sandboxes()
    {
        var (mine, _) = await AddAsync(new SandboxRequest { Name = "web" });
        var (theirs, created) = await AddAsync(new SandboxRequest { Name = "web" }, workspace: "acme");

        Assert.True(created);
        Assert.Equal([mine.Id], (await _store.ListAsync("default", new SandboxFilter(), CancellationToken.None)).Select(row => row.Id));
        Assert.Equal([theirs.Id], (await _store.ListAsync("acme", new SandboxFilter(), CancellationToken.None)).Select(row => row.Id));
        Assert.Equal([$"{theirs.Id} (web)"], await _store.NamesAsync("acme", 5, CancellationToken.None));
    }

    [Fact]
    public async Task A_list_is_filtered_and_its_pages_show_each_once()
    {
        for (var i = 0; i < 25; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            var (row, _) = await AddAsync(new SandboxRequest { Name = $"s{i}", ExternalUserId = $"u{i % 2}" });
            if (i % 5 is 0)
                await _store.UpdateAsync(row with { State = SandboxState.Running }, CancellationToken.None);
        }

        List<string> seen = [];
        SandboxPage page;
        string? after = null;
        do
        {
            page = SandboxPage.From(await _store.ListAsync("default", new SandboxFilter { After = after, Limit = 8 }, CancellationToken.None), 7);
            seen.AddRange(page.Sandboxes.Select(sandbox => sandbox.Name));
            after = page.NextCursor;
        }
        while (after is not null);

        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"s{i}"), seen);
        Assert.Equal(5, (await _store.ListAsync("default", new SandboxFilter { State = SandboxState.Running, Limit = 50 }, CancellationToken.None)).Count);
        Assert.Equal(["s5", "s15"], (await _store.ListAsync("default", new SandboxFilter { State = SandboxState.Running, ExternalUserId = "u1", Limit = 50 }, CancellationToken.None)).Select(row => row.Name));
        Assert.Empty(await _store.ListAsync("default", new SandboxFilter { Name = "s1' or '1'='1" }, CancellationToken.None));
    }

    private Task<(SandboxRow Row, bool Created)> AddAsync(SandboxRequest request, int most = 100, string? workspace = null) =>
        _store.GetOrAddAsync(SandboxRequests.ToRow(McpHarness.Somebody with { Workspace = workspace }, request, _time), most, CancellationToken.None);
}
