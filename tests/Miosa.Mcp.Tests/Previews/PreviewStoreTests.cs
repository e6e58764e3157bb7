using Miosa.Mcp.Previews;
using Miosa.Mcp.Sandboxes;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Tests.Previews;

public sealed class PreviewStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTime _time = new();
    private readonly Database _database;
    private readonly SandboxStore _sandboxes;
    private readonly PreviewStore _store;

    public PreviewStoreTests()
    {
        Dapper.DefaultTypeMap.MatchNamesWithUnderscores = true;
        _database = new Database(_directory.File("miosa.db"));
        _sandboxes = new SandboxStore(_database);
        _store = new PreviewStore(_database);
    }

    public void Dispose()
    {
        _database.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Twenty_at_once_for_one_port_get_one_preview_and_all_ports_of_a_sandbox_one_slug()
    {
        var sandbox = await SandboxAsync("one");

        var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _store.GetOrAddAsync(Row(sandbox, 3000 + (i % 2)), CancellationToken.None)));

        Assert.Equal(2, all.Select(row => row.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.Single(all.Select(row => row.Slug).Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_was_stored_is_loaded_as_it_was()
    {
        var sandbox = await SandboxAsync("one");
        var row = await _store.GetOrAddAsync(Row(sandbox, 3000), CancellationToken.None);
        var grant = Grant(row, "shr_1") with { SecretHash = "hash", Password = "slow", ExpiresAt = _time.GetUtcNow().AddHours(1) };
        await _store.AddGrantAsync(grant, CancellationToken.None);
        await _store.SetAccessAsync(row.Id, PreviewAccess.Public, CancellationToken.None);

        var (slugs, previews, grants) = await LoadAsync();

        Assert.Equal([(row.Slug, sandbox.Id)], slugs);
        Assert.Equal([row with { Access = PreviewAccess.Public }], previews);
        Assert.Equal([grant], grants);
    }

    [Fact]
    public async Task A_destroyed_sandbox_leaves_nothing_and_what_ended_long_ago_is_forgotten()
    {
        var gone = await SandboxAsync("gone");
        var lives = await SandboxAsync("lives");
        await _store.AddGrantAsync(Grant(await _store.GetOrAddAsync(Row(gone, 3000), CancellationToken.None), "shr_gone"), CancellationToken.None);
        var row = await _store.GetOrAddAsync(Row(lives, 3000), CancellationToken.None);
        await _store.AddGrantAsync(Grant(row, "shr_old") with { ExpiresAt = _time.GetUtcNow().AddHours(1) }, CancellationToken.None);
        await _store.AddGrantAsync(Grant(row, "shr_revoked"), CancellationToken.None);
        await _store.RevokeGrantAsync("shr_revoked", _time.GetUtcNow(), CancellationToken.None);
        await _store.AddGrantAsync(Grant(row, "shr_good"), CancellationToken.None);
        await _sandboxes.UpdateAsync(gone with { State = SandboxState.Destroyed }, CancellationToken.None);

        Assert.Equal(["shr_good", "shr_old", "shr_revoked"], (await LoadAsync()).Grants.Select(grant => grant.Id).Order(StringComparer.Ordinal));
        _time.Advance(TimeSpan.FromDays(8));
        var (slugs, previews, grants) = await LoadAsync();

        Assert.Equal([lives.Id], slugs.Select(slug => slug.SandboxId));
        Assert.Equal([row.Id], previews.Select(preview => preview.Id));
        Assert.Equal(["shr_good"], grants.Select(grant => grant.Id));
    }

    [Fact]
    public async Task A_preview_that_is_removed_ends_its_grants_and_the_same_port_shown_again_has_the_same_name()
    {
        var sandbox = await SandboxAsync("one");
        var row = await _store.GetOrAddAsync(Row(sandbox, 3000), CancellationToken.None);
        await _store.AddGrantAsync(Grant(row, "shr_1"), CancellationToken.None);

        await _store.RemoveAsync(row.Id, _time.GetUtcNow(), CancellationToken.None);
        var again = await _store.GetOrAddAsync(Row(sandbox, 3000), CancellationToken.None);

        Assert.NotEqual(row.Id, again.Id);
        Assert.Equal(row.Label, again.Label);
        Assert.NotNull(Assert.Single((await LoadAsync()).Grants).RevokedAt);
    }

    private Task<(IReadOnlyList<(string Slug, string SandboxId)> Slugs, IReadOnlyList<PreviewRow> Previews, IReadOnlyList<GrantRow> Grants)> LoadAsync() =>
        _store.LoadAsync(_time.GetUtcNow() - PreviewDirectory.Remembered, CancellationToken.None);

    private async Task<SandboxRow> SandboxAsync(string name) =>
        (await _sandboxes.GetOrAddAsync(SandboxRequests.ToRow(McpHarness.Somebody, new SandboxRequest { Name = name }, _time), 100, CancellationToken.None)).Row;

    private PreviewRow Row(SandboxRow sandbox, int port) => new()
    {
        Id = Miosa.Mcp.Calls.Ids.New("prv", _time),
        SandboxId = sandbox.Id,
        Workspace = sandbox.Workspace,
        Principal = sandbox.Principal,
        Port = port,
        Slug = PreviewNames.NewSlug(),
        Access = PreviewAccess.Private,
        CreatedAt = _time.GetUtcNow(),
    };

    private GrantRow Grant(PreviewRow row, string id) => new()
    {
        Id = id,
        PreviewId = row.Id,
        SandboxId = row.SandboxId,
        Port = row.Port,
        Kind = GrantKind.Share,
        Principal = row.Principal,
        CreatedAt = _time.GetUtcNow(),
    };
}
