using System.Text.Json.Nodes;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Transports.Access;

namespace Miosa.Mcp.Tests.Transports.Access;

public sealed class AccessKeysTests : IDisposable
{
    private static readonly KeyRequest Asked = new() { Name = "ci", Kind = "platform", Scopes = ["sandboxes:exec", "tokens:create"], Workspaces = ["red"], ExpiresInSeconds = 7200 };
    private static readonly TokenRequest Less = new() { Scopes = ["sandboxes:exec", "tokens:create"], ExpiresInSeconds = 3600 };

    private readonly TemporaryHome _temporary = new();
    private readonly FakeTime _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("user", "msk_u_")]
    [InlineData("admin", "msk_a_")]
    [InlineData("platform", "msk_p_")]
    public async Task A_key_says_of_what_kind_it_is(string kind, string prefix)
    {
        await using var keys = NewKeys();

        var made = await keys.CreateAsync(Asked with { Kind = kind }, Cancellation);

        Assert.StartsWith(prefix, made.Text, StringComparison.Ordinal);
        Assert.Equal(made.Entry.Id, Admitted(keys, made.Text).Entry.Id);
        Assert.DoesNotContain(made.Text, made.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_and_tokens_outlive_the_host_and_only_their_hashes_are_kept()
    {
        NewKey key, token;
        await using (var keys = NewKeys())
        {
            key = await keys.CreateAsync(Asked, Cancellation);
            token = await keys.DelegateAsync(key.Entry.Id, null, Less, Cancellation);
        }

        var kept = await File.ReadAllTextAsync(_temporary.Home.KeyFile, Cancellation);
        await using var next = NewKeys();

        Assert.DoesNotContain(key.Text[6..], kept, StringComparison.Ordinal);
        Assert.DoesNotContain(token.Text[6..], kept, StringComparison.Ordinal);
        Assert.Equivalent(key.Entry, Admitted(next, key.Text).Entry with { LastUsedAt = null }, strict: true);
        Assert.Equivalent(token.Entry, Admitted(next, token.Text).Entry with { LastUsedAt = null }, strict: true);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_temporary.Home.KeyFile));
    }

    [Fact]
    public async Task A_key_of_the_first_format_goes_on_for_everything_and_a_program_that_knows_no_scopes_finds_no_key_of_ours()
    {
        const string Old = "msk_u_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Old)));
        await File.WriteAllTextAsync(_temporary.Home.KeyFile, $$"""{"keys":[{"id":"0123456789ab","sha256":"{{hash}}","created_at":"2026-01-02T03:04:05+00:00"}]}""", Cancellation);
        await using var keys = NewKeys();

        var grant = Admitted(keys, Old);
        var narrow = await keys.CreateAsync(Asked, Cancellation);

        Assert.Equal(("key:0123456789ab", CallerKind.User, "first", (DateTimeOffset?)null), (grant.Entry.Principal, grant.Entry.Kind, grant.Entry.Name, grant.Entry.ExpiresAt));
        Assert.Equal(["*"], grant.Entry.Scopes);
        var written = JsonNode.Parse(await File.ReadAllTextAsync(_temporary.Home.KeyFile, Cancellation))!;
        Assert.False(written.AsObject().ContainsKey("keys"));
        Assert.Equal(["0123456789ab", narrow.Entry.Id], written["entries"]!.AsArray().Select(entry => (string)entry!["id"]!));
    }

    [Theory]
    [InlineData("""{"format":3,"entries":[]}""", "newer")]
    [InlineData("""{"format":2,"entries":[{"id":"a","kind":"local","name":"x","sha256":"00","scopes":["*"],"created_at":"2026-01-02T03:04:05+00:00"}]}""", "cannot be read")]
    [InlineData("""{"format":2,"entries":[{"id":"a","kind":"user"}]}""", "cannot be read")]
    [InlineData("""{"format":2,"entr""", "cannot be read")]
    public async Task A_file_that_is_not_understood_opens_nothing(string text, string says)
    {
        await File.WriteAllTextAsync(_temporary.Home.KeyFile, text, Cancellation);
        await using var keys = NewKeys();

        Assert.Contains(says, Assert.Throws<InvalidDataException>(() => keys.Admit("msk_u_x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_ends_at_its_instant_and_what_was_begun_with_it_too()
    {
        await using var keys = NewKeys();
        var made = await keys.CreateAsync(Asked, Cancellation);
        var grant = Admitted(keys, made.Text);
        var ended = Ending(grant);

        _time.Advance(TimeSpan.FromSeconds(7200) - TimeSpan.FromTicks(1));
        Assert.IsType<Admission.Admitted>(keys.Admit(made.Text));
        _time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal("This key has expired.", Refused(keys, made.Text));
        _time.Advance(TimeSpan.FromSeconds(30));
        await ended.InTime();
        Assert.False(keys.Any);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_brings_no_ended_key_back()
    {
        await using var keys = NewKeys();
        var made = await keys.CreateAsync(Asked, Cancellation);
        var ended = Ending(Admitted(keys, made.Text));
        for (var i = 0; i <= 7200; i += 30)
            _time.Advance(TimeSpan.FromSeconds(30));
        await ended.InTime();

        _time.SetUtcNow(_time.GetUtcNow().AddDays(-1));

        Assert.Equal("This key has expired.", Refused(keys, made.Text));
    }

    [Fact]
    public async Task A_clock_that_is_set_forward_ends_keys_though_no_time_passed()
    {
        await using var keys = NewKeys();
        var made = await keys.CreateAsync(Asked, Cancellation);
        var ended = Ending(Admitted(keys, made.Text));

        _time.SetUtcNow(_time.GetUtcNow().AddDays(1));
        Assert.Equal("This key has expired.", Refused(keys, made.Text));
        _time.Advance(TimeSpan.FromSeconds(30));

        await ended.InTime();
    }

    [Fact]
    public async Task Who_revokes_a_key_ends_all_that_came_from_it_and_nothing_else()
    {
        await using var keys = NewKeys();
        var key = await keys.CreateAsync(Asked, Cancellation);
        var other = await keys.CreateAsync(Asked with { Name = "other" }, Cancellation);
        var child = await keys.DelegateAsync(key.Entry.Id, null, Less, Cancellation);
        var grandchild = await keys.DelegateAsync(child.Entry.Id, null, Less, Cancellation);
        var cousin = await keys.DelegateAsync(other.Entry.Id, null, Less, Cancellation);
        var ended = Ending(Admitted(keys, grandchild.Text));

        Assert.True(await keys.RevokeAsync(key.Entry.Id, Cancellation));

        await ended.InTime();
        Assert.All((NewKey[])[key, child, grandchild], gone => Assert.Equal("This key was revoked.", Refused(keys, gone.Text)));
        Assert.All((NewKey[])[other, cousin], left => Admitted(keys, left.Text));
        Assert.False(await keys.RevokeAsync(key.Entry.Id, Cancellation));
        await using var next = NewKeys();
        Assert.All((NewKey[])[key, child, grandchild], gone => Assert.Equal("This key was revoked.", Refused(next, gone.Text)));
        Assert.All((NewKey[])[other, cousin], left => Admitted(next, left.Text));
    }

    [Fact]
    public async Task A_token_in_the_middle_of_a_chain_can_be_revoked_by_itself()
    {
        await using var keys = NewKeys();
        var key = await keys.CreateAsync(Asked, Cancellation);
        var child = await keys.DelegateAsync(key.Entry.Id, null, Less, Cancellation);
        var grandchild = await keys.DelegateAsync(child.Entry.Id, null, Less, Cancellation);

        await keys.RevokeAsync(child.Entry.Id, Cancellation);

        Admitted(keys, key.Text);
        Assert.Equal("This key was revoked.", Refused(keys, grandchild.Text));
        await Assert.ThrowsAsync<ToolFailureException>(() => keys.DelegateAsync(child.Entry.Id, null, Less, Cancellation));
    }

    [Fact]
    public async Task A_chain_narrows_at_every_link_and_ends()
    {
        await using var keys = NewKeys();
        var key = await keys.CreateAsync(Asked, Cancellation);
        var last = key;
        for (var depth = 1; depth <= KeyRules.DeepestTokens; depth++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            var next = await keys.DelegateAsync(last.Entry.Id, null, Less, Cancellation);
            Assert.True(next.Entry.ExpiresAt <= last.Entry.ExpiresAt);
            last = next;
        }

        await Assert.ThrowsAsync<ToolFailureException>(() => keys.DelegateAsync(last.Entry.Id, null, Less, Cancellation));
        var narrow = await keys.DelegateAsync(key.Entry.Id, null, Less with { Scopes = ["tokens:create"], ReadOnly = true }, Cancellation);
        await Assert.ThrowsAsync<ToolFailureException>(() => keys.DelegateAsync(narrow.Entry.Id, null, Less, Cancellation));
        Assert.True((await keys.DelegateAsync(narrow.Entry.Id, null, Less with { Scopes = ["tokens:create"] }, Cancellation)).Entry.ReadOnly);
    }

    [Fact]
    public async Task A_key_that_cannot_be_written_down_is_not_made_and_one_that_is_revoked_is_shut_all_the_same()
    {
        await using var keys = NewKeys();
        var key = await keys.CreateAsync(Asked, Cancellation);
        // A directory in its way: root writes past every right.
        Directory.CreateDirectory(_temporary.Home.KeyFile + ".new");

        await Assert.ThrowsAnyAsync<Exception>(() => keys.CreateAsync(Asked with { Name = "other" }, Cancellation));
        var failure = await Assert.ThrowsAsync<ToolFailureException>(() => keys.RevokeAsync(key.Entry.Id, Cancellation));

        Assert.Equal(ToolErrorCode.StorageUnavailable, failure.Code);
        Assert.Equal("This key was revoked.", Refused(keys, key.Text));
        Assert.Single(keys.List());
    }

    [Fact]
    public async Task When_a_key_was_last_used_is_kept_when_the_host_stops()
    {
        var key = default(NewKey);
        await using (var keys = NewKeys())
        {
            key = await keys.CreateAsync(Asked, Cancellation);
            Assert.Null(keys.Find(key.Entry.Id)!.Entry.LastUsedAt);
            _time.Advance(TimeSpan.FromMinutes(5));
            Admitted(keys, key.Text);
        }

        await using var next = NewKeys();
        Assert.Equal(_time.GetUtcNow(), next.Find(key.Entry.Id)!.Entry.LastUsedAt);
    }

    [Fact]
    public async Task Two_keys_of_one_name_are_not_made_also_not_at_once()
    {
        await using var keys = NewKeys();

        var made = await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            try
            {
                return await keys.CreateAsync(Asked, Cancellation);
            }
            catch (ToolFailureException failure) when (failure.Code is ToolErrorCode.Conflict)
            {
                return null;
            }
        }));

        Assert.Single(made, key => key is not null);
        Assert.Single(keys.List());
    }

    [Fact]
    public async Task What_ended_long_ago_is_forgotten_and_what_came_from_it_stays_shut()
    {
        await using var keys = NewKeys();
        var key = await keys.CreateAsync(Asked, Cancellation);
        var token = await keys.DelegateAsync(key.Entry.Id, null, Less, Cancellation);
        _time.Advance(TimeSpan.FromDays(2));
        await keys.CreateAsync(Asked with { Name = "second", ExpiresInSeconds = null }, Cancellation);
        Assert.Equal(["ci", "second"], keys.List().Select(grant => grant.Entry.Name));

        _time.Advance(TimeSpan.FromDays(30));
        await keys.CreateAsync(Asked with { Name = "third", ExpiresInSeconds = null }, Cancellation);

        Assert.Equal(["second", "third"], keys.List().Select(grant => grant.Entry.Name));
        Assert.Equal("This key opens nothing here.", Refused(keys, key.Text));
        Assert.Equal("This key opens nothing here.", Refused(keys, token.Text));
    }

    [Fact]
    public async Task Who_makes_tokens_by_tokens_uses_up_what_is_theirs_and_leaves_others_theirs()
    {
        await using var keys = NewKeys();
        var key = await keys.CreateAsync(Asked, Cancellation);
        var other = await keys.CreateAsync(Asked with { Name = "other" }, Cancellation);
        var child = await keys.DelegateAsync(key.Entry.Id, null, Less, Cancellation);
        for (var i = 1; i < AccessKeys.MostTokensOfOne; i++)
            await keys.DelegateAsync(i % 2 is 0 ? key.Entry.Id : child.Entry.Id, null, Less, Cancellation);

        foreach (var maker in (NewKey[])[key, child])
            Assert.Equal(ToolErrorCode.LimitExceeded, (await Assert.ThrowsAsync<ToolFailureException>(() => keys.DelegateAsync(maker.Entry.Id, null, Less, Cancellation))).Code);
        Assert.NotNull(await keys.DelegateAsync(other.Entry.Id, null, Less, Cancellation));
        Assert.NotNull(await keys.DelegateAsync(null, null, Less, Cancellation));
    }

    [Fact]
    public async Task Who_makes_and_revokes_in_a_circle_fills_nothing()
    {
        await using var keys = NewKeys();
        var key = await keys.CreateAsync(Asked, Cancellation);
        var last = key;
        for (var i = 0; i < AccessKeys.MostEndedTokens + 50; i++)
        {
            last = await keys.DelegateAsync(key.Entry.Id, null, Less, Cancellation);
            await keys.RevokeAsync(last.Entry.Id, Cancellation);
        }

        await keys.DelegateAsync(key.Entry.Id, null, Less, Cancellation);

        Assert.Equal(AccessKeys.MostEndedTokens + 2, keys.List().Count);
        Assert.Equal("This key was revoked.", Refused(keys, last.Text));
        Admitted(keys, key.Text);
    }

    private AccessKeys NewKeys()
    {
        _temporary.Home.Create();
        return new AccessKeys(_temporary.Home, _time);
    }

    private static Task Ending(KeyGrant grant)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        grant.Ended.Register(ended.SetResult);
        return ended.Task;
    }

    private static KeyGrant Admitted(AccessKeys keys, string text) => Assert.IsType<Admission.Admitted>(keys.Admit(text)).Grant;

    private static string Refused(AccessKeys keys, string text) => Assert.IsType<Admission.Refused>(keys.Admit(text)).Reason;
}
