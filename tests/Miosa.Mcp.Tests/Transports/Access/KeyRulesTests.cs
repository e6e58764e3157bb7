using Miosa.Mcp.Calls;
using Miosa.Mcp.Transports.Access;

namespace Miosa.Mcp.Tests.Transports.Access;

public sealed class KeyRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private static TokenMaker Maker { get; } = new()
    {
        KeyId = "k1", Scopes = ["sandboxes:create", "sandboxes:exec", "tokens:create"], Workspaces = ["red", "blue"], Workspace = "red", ExpiresAt = Now.AddHours(2), Depth = 0,
    };

    [Fact]
    public void A_token_is_what_was_asked_for_and_says_where_it_came_from()
    {
        var token = KeyRules.Token(Maker, new TokenRequest { UserId = "u7", WorkspaceId = "blue", ExpiresInSeconds = 60, Scopes = ["sandboxes:exec"], Agent = "builder", ReadOnly = true }, Now);

        Assert.Equal(
            (CallerKind.Delegated, "blue", "builder", true, "u7", "k1", Now.AddSeconds(60)),
            (token.Kind, token.Workspaces.Single(), token.Agent, token.ReadOnly, token.UserId, token.Parent, token.ExpiresAt!.Value));
        Assert.Equal(["sandboxes:exec"], token.Scopes);
    }

    [Fact]
    public void Who_says_little_gets_an_hour_in_the_workspace_at_hand()
    {
        var token = KeyRules.Token(Maker, new TokenRequest { Scopes = ["sandboxes:exec"] }, Now);

        Assert.Equal(("red", Now.AddHours(1)), (token.Workspaces.Single(), token.ExpiresAt!.Value));
    }

    [Theory]
    [InlineData("sandboxes:destroy")]
    [InlineData("sandboxes:read")]
    [InlineData("*")]
    [InlineData("devices:use")]
    [InlineData("approvals:decide")]
    public void A_token_never_has_a_scope_that_its_maker_lacks(string scope) =>
        Assert.Equal(ToolErrorCode.Denied, Refused(Maker, new TokenRequest { Scopes = ["sandboxes:exec", scope] }));

    [Fact]
    public void The_right_to_decide_is_never_handed_on_also_by_who_has_it() =>
        Assert.Equal(ToolErrorCode.Denied, Refused(Maker with { Scopes = ["*", "approvals:decide"] }, new TokenRequest { Scopes = ["approvals:decide"] }));

    [Theory]
    [InlineData("green")]
    [InlineData("RED")]
    [InlineData("default")]
    [InlineData("red,green")]
    public void A_token_is_never_good_for_a_workspace_that_its_maker_has_not(string workspace) =>
        Assert.Equal(ToolErrorCode.Denied, Refused(Maker, new TokenRequest { Scopes = ["sandboxes:exec"], WorkspaceId = workspace }));

    [Theory]
    [InlineData(0L)]
    [InlineData(-1L)]
    [InlineData(86_401L)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void A_token_lasts_a_day_at_most(long seconds) =>
        Assert.Equal(ToolErrorCode.InvalidInput, Refused(Maker, new TokenRequest { Scopes = ["sandboxes:exec"], ExpiresInSeconds = seconds }));

    [Fact]
    public void A_token_never_outlives_its_maker() =>
        Assert.Equal(Now.AddHours(2), KeyRules.Token(Maker, new TokenRequest { Scopes = ["sandboxes:exec"], ExpiresInSeconds = 86_400 }, Now).ExpiresAt);

    [Fact]
    public void What_a_read_only_maker_makes_is_read_only() =>
        Assert.True(KeyRules.Token(Maker with { ReadOnly = true }, new TokenRequest { Scopes = ["sandboxes:exec"], ReadOnly = false }, Now).ReadOnly);

    [Fact]
    public void An_agent_makes_tokens_for_itself_only()
    {
        var agent = Maker with { Agent = "builder" };

        Assert.Equal("builder", KeyRules.Token(agent, new TokenRequest { Scopes = ["sandboxes:exec"] }, Now).Agent);
        Assert.Equal(ToolErrorCode.Denied, Refused(agent, new TokenRequest { Scopes = ["sandboxes:exec"], Agent = "boss" }));
    }

    [Fact]
    public void A_chain_of_tokens_comes_to_an_end()
    {
        Assert.NotNull(KeyRules.Token(Maker with { Depth = KeyRules.DeepestTokens - 1 }, new TokenRequest { Scopes = ["sandboxes:exec"] }, Now));
        Assert.Equal(ToolErrorCode.Denied, Refused(Maker with { Depth = KeyRules.DeepestTokens }, new TokenRequest { Scopes = ["sandboxes:exec"] }));
    }

    [Fact]
    public void Whatever_is_asked_for_a_token_is_in_nothing_more_than_its_maker()
    {
        string[][] scopes = [["*"], ["*", "approvals:decide"], ["sandboxes:exec"], ["sandboxes:exec", "tokens:create"], ["events:read"], ["devices:use", "tokens:create"]];
        string[][] workspaces = [[], ["red"], ["red", "blue"]];
        string?[] agents = [null, "builder", "boss"];
        DateTimeOffset?[] ends = [null, Now.AddSeconds(1), Now.AddDays(9)];
        bool[] both = [false, true];
        var makers = from s in scopes from w in workspaces from a in agents from e in ends from r in both
                     select new TokenMaker { KeyId = "k", Scopes = s, Workspaces = w, Workspace = w.FirstOrDefault() ?? "default", Agent = a, ExpiresAt = e, ReadOnly = r };
        var requests = (from s in scopes from w in (string?[])[null, "red", "blue", "green"] from a in agents from e in (long?[])[null, 1, 86_400] from r in both
                        select new TokenRequest { Scopes = s, WorkspaceId = w, Agent = a, ExpiresInSeconds = e, ReadOnly = r }).ToList();
        var made = 0;
        foreach (var maker in makers)
        {
            foreach (var request in requests)
            {
                if (Try(maker, request) is not { } token)
                    continue;
                made++;
                Assert.All(token.Scopes, scope => Assert.True(scope is not "approvals:decide" && (maker.Scopes.Contains(scope) || maker.Scopes.Contains("*"))));
                Assert.True(maker.Workspaces.Count is 0 || maker.Workspaces.Contains(token.Workspaces.Single()));
                Assert.True(maker.Agent is null || token.Agent == maker.Agent);
                Assert.True(token.ReadOnly || !maker.ReadOnly);
                Assert.True(token.ExpiresAt <= Now.AddDays(1) && (maker.ExpiresAt is null || token.ExpiresAt <= maker.ExpiresAt));
            }
        }

        Assert.InRange(made, 10_000, 100_000);
    }

    [Theory]
    [InlineData("platform", null, false)]
    [InlineData("user", "builder", false)]
    [InlineData("user", null, true)]
    [InlineData("admin", null, true)]
    public void Only_a_person_is_given_the_right_to_decide(string kind, string? agent, bool may)
    {
        var request = new KeyRequest { Name = "a", Kind = kind, Scopes = ["approvals:decide"], Agent = agent };

        if (may)
            Assert.Equal(["approvals:decide"], KeyRules.Key(request, Now).Scopes);
        else
            Assert.Throws<ToolFailureException>(() => KeyRules.Key(request, Now));
    }

    [Fact]
    public void A_key_without_scopes_or_with_one_that_is_not_known_is_not_made()
    {
        var none = Assert.Throws<ToolFailureException>(() => KeyRules.Key(new KeyRequest { Name = "a", Kind = "user" }, Now));
        var unknown = Assert.Throws<ToolFailureException>(() => KeyRules.Key(new KeyRequest { Name = "a", Kind = "user", Scopes = ["sandbox:read"] }, Now));
        var empty = Assert.Throws<ToolFailureException>(() => KeyRules.Key(new KeyRequest { Name = "a", Kind = "user", Scopes = ["events:read"], Workspaces = [""] }, Now));

        Assert.All((ToolFailureException[])[none, unknown, empty], failure => Assert.Equal(ToolErrorCode.InvalidInput, failure.Code));
        Assert.Contains("Did you mean sandboxes:read?", unknown.NextStep, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("msk_u_secret")]
    [InlineData("MSK_U_SECRET")]
    public void A_key_that_was_put_where_something_else_belongs_is_not_repeated(string key)
    {
        var asScope = Assert.Throws<ToolFailureException>(() => KeyRules.Key(new KeyRequest { Name = "a", Kind = "user", Scopes = [key] }, Now));
        var asName = Assert.Throws<ToolFailureException>(() => KeyRules.Key(new KeyRequest { Name = key, Kind = "user", Scopes = ["*"] }, Now));
        var asWorkspace = Assert.Throws<ToolFailureException>(() => KeyRules.Token(Maker, new TokenRequest { Scopes = ["sandboxes:exec"], WorkspaceId = key }, Now));

        Assert.All(
            (ToolFailureException[])[asScope, asName, asWorkspace],
            failure => Assert.DoesNotContain("secret", failure.Message + failure.NextStep, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("a\u001b[2J")]
    [InlineData("a\u202Eb")]
    [InlineData("a\u2028b")]
    [InlineData("a\u0085b")]
    [InlineData(" a")]
    [InlineData("a ")]
    public void A_name_that_would_lie_on_a_terminal_is_not_taken(string name)
    {
        Assert.Throws<ToolFailureException>(() => KeyRules.Key(new KeyRequest { Name = name, Kind = "user", Scopes = ["*"] }, Now));
        Assert.Throws<ToolFailureException>(() => KeyRules.Token(Maker, new TokenRequest { Scopes = ["sandboxes:exec"], UserId = name }, Now));
        Assert.Throws<ToolFailureException>(() => KeyRules.Agent(Entry, name));
    }

    [Theory]
    [InlineData(null, null, null, null)]
    [InlineData(null, "x", "x", null)]
    [InlineData("red", null, "red", null)]
    [InlineData("red", "red", "red", null)]
    [InlineData("red", "blue", null, "DENIED")]
    [InlineData("red,blue", "blue", "blue", null)]
    [InlineData("red,blue", null, "red", null)]
    [InlineData("red,default", null, null, null)]
    [InlineData("red,blue", "default", null, "DENIED")]
    [InlineData(null, "a\nb", null, "INVALID_INPUT")]
    public void A_connection_works_in_a_workspace_of_its_key(string? key, string? asked, string? works, string? refusal)
    {
        var entry = Entry with { Workspaces = key?.Split(',') ?? [] };

        if (refusal is null)
            Assert.Equal(works, KeyRules.Workspace(entry, asked));
        else
            Assert.Equal(refusal, ToolErrors.Word(Assert.Throws<ToolFailureException>(() => KeyRules.Workspace(entry, asked)).Code));
    }

    [Theory]
    [InlineData(null, null, null, false)]
    [InlineData(null, "boss", "boss", false)]
    [InlineData("builder", null, "builder", false)]
    [InlineData("builder", "", "builder", false)]
    [InlineData("builder", "builder", "builder", false)]
    [InlineData("builder", "boss", null, true)]
    [InlineData("builder", "Builder", null, true)]
    public void A_connection_acts_as_its_keys_agent_and_as_no_other(string? key, string? claimed, string? acts, bool isRefused)
    {
        var entry = Entry with { Agent = key };

        if (isRefused)
            Assert.Equal(ToolErrorCode.Denied, Assert.Throws<ToolFailureException>(() => KeyRules.Agent(entry, claimed)).Code);
        else
            Assert.Equal(acts, KeyRules.Agent(entry, claimed));
    }

    [Theory]
    [InlineData("90d", 90L * 86_400)]
    [InlineData("12h", 43_200L)]
    [InlineData("30m", 1800L)]
    [InlineData("3600", 3600L)]
    [InlineData("45s", 45L)]
    [InlineData("never", null)]
    public void A_lifetime_is_read_as_people_write_it(string text, long? seconds)
    {
        Assert.True(Lifetimes.TryParse(text, out var read));
        Assert.Equal(seconds, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("d")]
    [InlineData("-1d")]
    [InlineData("1.5h")]
    [InlineData("forever")]
    [InlineData("1w")]
    [InlineData(" 5d")]
    [InlineData("99999999999999999999d")]
    public void What_is_no_lifetime_is_not_taken_for_one(string text) => Assert.False(Lifetimes.TryParse(text, out _));

    private static KeyEntry Entry { get; } = new() { Id = "k1", Kind = CallerKind.User, Name = "a", Sha256 = "", Scopes = ["*"], CreatedAt = Now };

    private static ToolErrorCode Refused(TokenMaker maker, TokenRequest request) => Assert.Throws<ToolFailureException>(() => KeyRules.Token(maker, request, Now)).Code;

    private static KeyEntry? Try(TokenMaker maker, TokenRequest request)
    {
        try
        {
            return KeyRules.Token(maker, request, Now);
        }
        catch (ToolFailureException)
        {
            return null;
        }
    }
}
