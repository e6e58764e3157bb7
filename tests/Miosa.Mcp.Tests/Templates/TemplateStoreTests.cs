using Miosa.Mcp.Calls;
using Miosa.Mcp.Storage;
using Miosa.Mcp.Templates;

namespace Miosa.Mcp.Tests.Templates;

public sealed class TemplateStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTime _time = new();
    private readonly Database _database;
    private readonly TemplateStore _store;

    public TemplateStoreTests()
    {
        Dapper.DefaultTypeMap.MatchNamesWithUnderscores = true;
        _database = new Database(_directory.File("miosa.db"));
        _store = new TemplateStore(_database);
    }

    public void Dispose()
    {
        _database.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task What_was_stored_is_read_as_it_was()
    {
        var row = Row("web") with { Reason = "Because.", Notes = ["A note."], IsWhole = true };

        await PutAsync(row);

        Assert.Equivalent(row, await _store.FindAsync("red", "web", CancellationToken.None), strict: true);
    }

    [Fact]
    public async Task Another_workspace_finds_nothing()
    {
        await PutAsync(Row("web"));

        Assert.Null(await _store.FindAsync("blue", "web", CancellationToken.None));
        Assert.Empty(await _store.ListAsync("blue", CancellationToken.None));
    }

    [Fact]
    public async Task One_that_is_replaced_keeps_its_id_so_that_its_files_are_found()
    {
        var first = await PutAsync(Row("web"));
        var second = await PutAsync(Row("web") with { Spec = Spec("web") with { Packages = ["jq"] } });

        Assert.Equal(first.Id, second.Id);
        Assert.Equal(["jq"], Assert.Single(await _store.ListAsync("red", CancellationToken.None)).Spec.Packages);
    }

    [Fact]
    public async Task One_that_may_not_be_replaced_stays()
    {
        var first = await PutAsync(Row("web"));

        var answer = await _store.PutAsync(Row("web"), 10, _ => false, CancellationToken.None);

        Assert.Equivalent(first, answer, strict: true);
    }

    [Fact]
    public async Task A_workspace_has_no_more_than_it_may()
    {
        await PutAsync(Row("one"));
        await PutAsync(Row("two"));

        await Assert.ThrowsAsync<ToolFailureException>(() => _store.PutAsync(Row("three"), 2, _ => true, CancellationToken.None));
        await _store.PutAsync(Row("two"), 2, _ => true, CancellationToken.None);
    }

    [Fact]
    public async Task A_build_that_was_begun_is_found_with_its_template_until_it_is_ended()
    {
        var row = await PutAsync(Row("web"));
        await _store.AddBuildAsync("bld_1", row.Id, CancellationToken.None);
        await _store.AddBuildAsync("bld_2", null, CancellationToken.None);

        var builds = await _store.BuildsAsync(CancellationToken.None);
        await _store.RemoveBuildAsync("bld_1", CancellationToken.None);

        Assert.Equal([("bld_1", row.Id), ("bld_2", null)], builds.Select(build => (build.DeviceId, build.Template?.Id)));
        Assert.Equal("bld_2", Assert.Single(await _store.BuildsAsync(CancellationToken.None)).DeviceId);
    }

    private Task<TemplateRow> PutAsync(TemplateRow row) => _store.PutAsync(row, 10, _ => true, CancellationToken.None);

    private static TemplateSpec Spec(string name) => new() { Name = name, Base = "node", Files = [new SpecFile("/workspace/ü", [0, 255], true)] };

    private TemplateRow Row(string name) => new()
    {
        Id = Ids.New("tpl", _time), Workspace = "red", Principal = "p", Origin = TemplateOrigin.Spec, Spec = Spec(name), CreatedAt = _time.GetUtcNow(),
    };
}
