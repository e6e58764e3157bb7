using Dapper;
using FsCheck;
using FsCheck.Fluent;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Receipts;
using Miosa.Mcp.Receipts.Chains;
using Miosa.Mcp.Receipts.Format;
using Miosa.Mcp.Receipts.Signing;
using Miosa.Mcp.Receipts.Verification;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Tests.Receipts;

public sealed class ReceiptServiceTests : IAsyncLifetime
{
    private readonly ReceiptHome _home = new();

    public async ValueTask InitializeAsync() => await _home.StartAsync();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hundred_writers_at_once_make_one_chain_in_which_each_keeps_its_order()
    {
        await Task.WhenAll(Enumerable.Range(0, 100).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++)
                await _home.Service.RecordAsync(ReceiptHome.Draft($"call_{writer}_{i}"), Token);
        })));

        var chain = _home.VerifyOriginal();
        Assert.Equal((null, 2_000), (chain.Break, chain.Receipts));
        List<ReceiptRow> rows = [];
        for ((int, long)? before = null; await _home.Service.ListAsync(new ReceiptQuery { Workspace = "acme", Before = before, Limit = 700 }, Token) is { Count: > 0 } page; before = (page[^1].Chain, page[^1].Sequence))
            rows.AddRange(page);
        Assert.Equal(Enumerable.Range(1, 2_000).Reverse().Select(i => (long)i), rows.Select(row => row.Sequence));
        Assert.All(rows.GroupBy(row => row.CallId.Split('_')[1], StringComparer.Ordinal), own => Assert.Equal(Enumerable.Range(0, 20).Reverse(), own.Select(row => int.Parse(row.CallId.Split('_')[2], null))));
    }

    [Fact]
    public async Task Each_workspace_has_a_chain_of_its_own_and_sees_no_other()
    {
        await _home.WriteAsync(3);
        await _home.WriteAsync(2, workspace: "../../other");
        var theirs = (await _home.Service.ListAsync(new ReceiptQuery { Workspace = "../../other" }, Token))[0];

        Assert.Equal((3, 2), (_home.VerifyOriginal().Receipts, _home.VerifyOriginal("../../other").Receipts));
        Assert.Equal(3, (await _home.Service.ListAsync(new ReceiptQuery { Workspace = "acme" }, Token)).Count);
        Assert.Null(await _home.Service.FindAsync("acme", theirs.Id, Token));
        Assert.NotNull(await _home.Service.FindAsync("../../other", theirs.Id, Token));
        Assert.All(Directory.GetFiles(_home.Folders.Root, "*", SearchOption.AllDirectories), file => Assert.StartsWith(_home.Folders.Root, Path.GetFullPath(file), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_receipt_is_found_by_what_it_is_about()
    {
        await _home.Service.RecordAsync(ReceiptHome.Draft("call_a", ReceiptKind.Decision) with { ApprovalId = "apr_1", Reasons = ["The policy allows writes."] }, Token);
        await _home.Service.RecordAsync(ReceiptHome.Draft("call_a", ReceiptKind.Started), Token);
        await _home.Service.RecordAsync(ReceiptHome.Draft("call_a", ReceiptKind.Failed) with { ErrorCode = "NOT_FOUND" }, Token);
        await _home.Service.RecordAsync(ReceiptHome.Draft("call_b", capability: "sandbox.create") with { Device = "sbx_2" }, Token);

        Task<IReadOnlyList<ReceiptRow>> Find(Func<ReceiptQuery, ReceiptQuery> query) => _home.Service.ListAsync(query(new ReceiptQuery { Workspace = "acme" }), Token);
        Assert.Equal(["failed", "started", "decision"], (await Find(query => query with { CallId = "call_a" })).Select(row => row.Kind));
        Assert.Equal("call_b", Assert.Single(await Find(query => query with { Capability = "sandbox.create" })).CallId);
        Assert.Equal("call_b", Assert.Single(await Find(query => query with { Device = "sbx_2" })).CallId);
        Assert.Equal("allow", Assert.Single(await Find(query => query with { ApprovalId = "apr_1" })).Decision);
        Assert.Equal(("failure", "NOT_FOUND"), Assert.Single(await Find(query => query with { Kind = "failed" })) is var row ? (row.Status, row.Error) : default);
    }

    [Fact]
    public async Task The_next_host_goes_on_where_the_last_one_ended()
    {
        await _home.WriteAsync(3);
        await _home.StartAsync();
        await _home.WriteAsync(2);

        Assert.Equal((null, 5), (_home.VerifyOriginal().Break, _home.VerifyOriginal().Receipts));
        Assert.Equal(5, (await _home.Service.ListAsync(new ReceiptQuery { Workspace = "acme" }, Token)).Count);
    }

    [Fact]
    public async Task What_began_and_did_not_end_before_the_host_did_is_told_apart_from_what_never_began()
    {
        await _home.Service.RecordAsync(ReceiptHome.Draft("call_decided", ReceiptKind.Decision) with { ApprovalId = "apr_1" }, Token);
        await _home.Service.RecordAsync(ReceiptHome.Draft("call_ended", ReceiptKind.Started), Token);
        await _home.Service.RecordAsync(ReceiptHome.Draft("call_ended"), Token);
        await _home.Service.RecordAsync(ReceiptHome.Draft("call_begun", ReceiptKind.Started) with { GrantId = "grt_1", Marks = ["publish"] }, Token);

        await _home.StartAsync();
        await _home.StartAsync();

        var interrupted = Assert.Single(await _home.Service.ListAsync(new ReceiptQuery { Workspace = "acme", Kind = "interrupted" }, Token));
        Assert.Equal(("call_begun", "failure", "INTERRUPTED", "sbx_1"), (interrupted.CallId, interrupted.Status, interrupted.Error, interrupted.Device));
        var json = (await _home.Service.FindAsync("acme", interrupted.Id, Token))!.Json;
        Assert.Equal("grt_1", json.GetProperty("issuer").GetProperty("runtime").GetProperty("miosa").GetProperty("grant_id").GetString());
        Assert.Null(_home.VerifyOriginal().Break);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Damaged_files_of_one_workspace_keep_no_other_from_being_told_what_was_interrupted(bool isGone)
    {
        await _home.Service.RecordAsync(ReceiptHome.Draft("call_lost", ReceiptKind.Started), Token);
        await _home.Service.RecordAsync(ReceiptHome.Draft("call_begun", ReceiptKind.Started, "other"), Token);
        await _home.Service.ListAsync(new ReceiptQuery { Workspace = "other" }, Token);
        await _home.StopAsync();
        var segment = Path.Combine(_home.Folders.WorkspaceOf("acme"), "0001", "000000001.jsonl");
        if (isGone)
        {
            File.Delete(segment);
        }
        else
        {
            File.AppendAllText(segment, "{}\n");
            foreach (var file in Directory.GetFiles(Path.GetDirectoryName(_home.DatabaseFile)!, "miosa.db*"))
                File.Delete(file);
        }

        await _home.StartAsync();

        Assert.Equal("call_begun", Assert.Single(await _home.Service.ListAsync(new ReceiptQuery { Workspace = "other", Kind = "interrupted" }, Token)).CallId);
    }

    [Fact]
    public async Task Rows_that_were_lost_are_made_again_from_the_files()
    {
        await _home.WriteAsync(5);
        await _home.StopAsync();
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(_home.DatabaseFile)!, "miosa.db*"))
            File.Delete(file);

        await _home.StartAsync();

        Assert.Equal([5, 4, 3, 2, 1], (await _home.Service.ListAsync(new ReceiptQuery { Workspace = "acme" }, Token)).Select(row => row.Sequence));
    }

    [Theory]
    [InlineData("{\"@context\":[\"https:")]
    [InlineData("\0\0\0\0")]
    public async Task What_a_host_that_died_left_half_written_is_cut_off(string half)
    {
        await _home.WriteAsync(3);
        await _home.StopAsync();
        File.AppendAllText(Path.Combine(_home.Folders.WorkspaceOf("acme"), "0001", "000000001.jsonl"), half);

        await _home.StartAsync();
        await _home.WriteAsync(1);

        Assert.Equal((null, 4), (_home.VerifyOriginal().Break, _home.VerifyOriginal().Receipts));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Files_that_were_cut_are_not_gone_on_with(bool keepDatabase)
    {
        await _home.WriteAsync(5);
        await _home.StopAsync();
        var segment = Path.Combine(_home.Folders.WorkspaceOf("acme"), "0001", "000000001.jsonl");
        File.WriteAllText(segment, string.Concat(File.ReadLines(segment).Take(3).Select(line => line + "\n")));
        // The database remembers, and so do the anchors: one of them is enough.
        if (keepDatabase)
            Directory.Delete(_home.Folders.Anchors, recursive: true);
        else
            File.Delete(_home.DatabaseFile);

        await _home.StartAsync();
        await _home.WriteAsync(1);

        var report = ReceiptVerifier.Verify(_home.Folders.WorkspaceOf("acme"), new Trust());
        Assert.Equal([3L, 1L], report.Chains.Select(chain => chain.Receipts));
        if (!keepDatabase)
            Assert.Equal(BreakKind.TailCut, ReceiptVerifier.Verify(_home.Folders.Root, new Trust()).Chains[0].Break!.Kind);
    }

    [Fact]
    public async Task Files_that_change_under_a_running_host_fail_the_call_and_not_the_chain()
    {
        await _home.WriteAsync(3);
        File.AppendAllText(Path.Combine(_home.Folders.WorkspaceOf("acme"), "0001", "000000001.jsonl"), "something\n");

        await Assert.ThrowsAsync<StorageException>(() => _home.WriteAsync(1));
        await _home.WriteAsync(1);

        Assert.Equal([3L, 1L], ReceiptVerifier.Verify(_home.Folders.WorkspaceOf("acme"), new Trust()).Chains.Select(chain => chain.Receipts));
    }

    [Fact]
    public async Task A_full_disk_fails_the_call_and_leaves_a_chain_that_goes_on()
    {
        using var disk = new TinyDisk();
        var folders = new ReceiptFolders(disk.File("receipts"));
        using var log = new ReceiptLog(folders, new ReceiptOptions(), _home.Time, Microsoft.Extensions.Logging.Abstractions.NullLogger<ReceiptLog>.Instance);
        await log.AddAsync(ReceiptHome.Draft(), Token);
        File.WriteAllBytes(disk.File("ballast"), []);
        using (var ballast = new FileStream(disk.File("ballast"), FileMode.Open, FileAccess.Write, FileShare.None, bufferSize: 0))
            Assert.Throws<IOException>(() => Fill(ballast));
        var failure = await Assert.ThrowsAsync<StorageException>(() => Task.WhenAll(Enumerable.Range(0, 100).Select(_ => log.AddAsync(ReceiptHome.Draft(), Token))));
        Assert.True(failure.IsRetryable);

        File.Delete(disk.File("ballast"));
        var last = await log.AddAsync(ReceiptHome.Draft(), Token);

        var chain = Assert.Single(ReceiptVerifier.Verify(folders.WorkspaceOf("acme"), new Trust()).Chains);
        Assert.Equal((null, last.Sequence), (chain.Break, chain.Receipts));
    }

    private static void Fill(Stream ballast)
    {
        for (var i = 0; i < 1_024; i++)
            ballast.Write(new byte[4096]);
    }

    [Fact]
    public async Task The_end_of_a_chain_is_anchored_after_so_many_receipts_after_a_while_and_when_the_host_stops()
    {
        await using var home = new ReceiptHome(anchorEvery: 4);
        await home.StartAsync();
        IReadOnlyList<long> Anchored() => [.. ReceiptFiles.Anchors(home.Folders.AnchorsOf("acme")).Select(anchor => anchor.Sequence)];

        await home.WriteAsync(5);
        Assert.Equal([4], Anchored());

        home.Time.Advance(new ReceiptOptions().AnchorAfter);
        await home.WriteAsync(1);
        Assert.Equal([4, 5], Anchored());

        await home.StopAsync();
        Assert.Equal([4, 5, 6], Anchored());
    }

    [Fact]
    public async Task After_a_rotation_only_the_new_key_has_a_secret_half_and_only_the_owner_may_read_it()
    {
        await _home.WriteAsync(1);
        await _home.WriteAsync(1, workspace: "other");
        await _home.StartAsync();

        var fingerprint = await _home.Service.RotateKeyAsync();
        await _home.WriteAsync(1);

        var file = Assert.Single(Directory.GetFiles(_home.Folders.Keys, "*.key"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(ReceiptFolders.OwnerOnly, File.GetUnixFileMode(_home.Folders.Keys));
        using var key = SigningKey.Read(file);
        Assert.Equal(fingerprint, key.Public.Fingerprint);
        Assert.All(["acme", "other"], workspace => Assert.Equal((null, 2, fingerprint), _home.VerifyOriginal(workspace) is var chain ? (chain.Break, chain.Keys.Count, chain.Keys[^1]) : default));
    }

    [Fact]
    public async Task A_key_that_others_can_read_signs_nothing()
    {
        await _home.WriteAsync(1);
        await _home.StopAsync();
        File.SetUnixFileMode(Directory.GetFiles(_home.Folders.Keys, "*.key").Single(), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        await _home.StartAsync();

        Assert.Contains("can be read by others", (await Assert.ThrowsAsync<StorageException>(() => _home.WriteAsync(1))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("msk_u_AbCdEfGhIjKlMnOpQrStUvWxYz012345")]
    [InlineData("Bearer abcdefghijklmnop")]
    [InlineData("ghp_abcdefghijklmnopqrstuvwxyz0123")]
    [InlineData("password=hunter2hunter2")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----")]
    public async Task No_secret_appears_in_a_receipt_even_if_somebody_put_one_into_a_text(string secret)
    {
        await _home.Service.RecordAsync(
            ReceiptHome.Draft("call_1", ReceiptKind.Decision) with { Reasons = [$"It said {secret}"], Disclosure = new Dictionary<string, string> { ["command"] = $"curl {secret}" }, Agent = secret, Device = secret, PolicyVersion = secret, ApprovalId = secret },
            Token);
        await _home.StopAsync();

        Assert.All(Directory.GetFiles(_home.Folders.Workspaces, "*", SearchOption.AllDirectories), file => Assert.DoesNotContain(secret, File.ReadAllText(file), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_draft_that_would_make_no_valid_receipt_is_refused_before_it_is_signed()
    {
        ReceiptDraft[] drafts =
        [
            ReceiptHome.Draft() with { CallHash = "abc" }, ReceiptHome.Draft() with { ParametersHash = "sha256:ABC" }, ReceiptHome.Draft() with { Decision = ReceiptDecision.Allow },
            ReceiptHome.Draft() with { Kind = ReceiptKind.KeyRotated }, ReceiptHome.Draft() with { CallId = "" }, ReceiptHome.Draft() with { Workspace = "" },
        ];
        foreach (var draft in drafts)
            await Assert.ThrowsAsync<ArgumentException>(() => _home.Service.RecordAsync(draft, Token));
        Assert.False(Directory.Exists(_home.Folders.Workspaces));
    }

    [Fact]
    public void Whatever_is_in_a_draft_its_receipt_is_canonical_and_of_the_format()
    {
        using var directory = new TemporaryDirectory();
        using var key = SigningKey.Create(directory.File("key"));
        var sealer = new ReceiptSealer();
        Prop.ForAll(OddTexts.Any, OddTexts.Any, ArbMap.Default.ArbFor<ReceiptKind>(), (one, two, kind) =>
        {
            var draft = ReceiptHome.Draft(one + "x", kind) with
            {
                Principal = two + "x", Agent = one, Device = two, Reasons = [one, two], Marks = [two], ErrorCode = one, ApprovalId = one, ApprovedAt = DateTimeOffset.UnixEpoch, Workspace = two + "w",
                Disclosure = new Dictionary<string, string> { [one] = two, [two + "2"] = one },
            };
            var made = sealer.Seal(draft, new ReceiptLink("chain", 2, CanonicalJson.Hash("x"u8)), key.Public, key, kind is ReceiptKind.KeyRotated ? key.Public : null, DateTimeOffset.UnixEpoch);
            var read = ReadReceipt.TryRead(made.Line, out var problem);
            return read is not null && read.IsExact && read.IsSignedBy(key.Public) && read.Hash == made.Receipt.Hash ? true : throw new InvalidOperationException(problem);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task Row_and_file_say_the_same_and_the_row_leads_to_the_line()
    {
        await _home.WriteAsync(3);
        foreach (var row in await _home.Service.ListAsync(new ReceiptQuery { Workspace = "acme" }, Token))
        {
            var found = (await _home.Service.FindAsync("acme", row.Id, Token))!;
            Assert.Equal((row.Id, row.Sequence), (found.Json.GetProperty("id").GetString(), found.Json.GetProperty("credentialSubject").GetProperty("chain").GetProperty("sequence").GetInt64()));
        }
        using var database = new Database(_home.DatabaseFile);
        Assert.Equal(3, await database.ReadAsync(connection => connection.ExecuteScalar<long>("select indexed from receipt_chains"), Token));
    }
}
