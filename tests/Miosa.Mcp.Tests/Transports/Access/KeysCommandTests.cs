using Miosa.Mcp.Transports.Access;

namespace Miosa.Mcp.Tests.Transports.Access;

public sealed class KeysCommandTests
{
    private static readonly KeysQuestion Create = new() { Create = new KeyRequest { Name = "ci", Kind = "platform", Scopes = ["*"], Workspaces = ["red"], ExpiresInSeconds = 3600 } };
    private static readonly KeysQuestion All = new() { List = new KeysList(Ended: true, After: null) };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Keys_are_made_listed_and_revoked_with_a_host_and_without_one(bool isRunning)
    {
        using var temporary = new TemporaryHome();
        await using var host = isRunning ? await RunningHost.StartAsync(temporary.Home) : null;

        var made = await RunAsync(temporary, Create);
        var token = await RunAsync(temporary, new KeysQuestion { Maker = "ci", Delegate = new TokenRequest { Scopes = ["sandboxes:read"], UserId = "u7" } });
        var revoked = await RunAsync(temporary, new KeysQuestion { Revoke = "ci" });
        var listed = await RunAsync(temporary, All);

        Assert.Equal((0, 0, 0, 0), (made.Code, token.Code, revoked.Code, listed.Code));
        Assert.Matches("^msk_p_[A-Za-z0-9_-]{43}\n$", made.Output);
        Assert.Matches("^msk_t_[A-Za-z0-9_-]{43}\n$", token.Output);
        Assert.Contains("platform  live  \"ci\"  *  workspaces red", made.Error, StringComparison.Ordinal);
        Assert.Empty(revoked.Output);
        Assert.Equal(2, listed.Output.Split('\n').Count(line => line.Contains("  revoked  ", StringComparison.Ordinal)));
        Assert.DoesNotContain(made.Output.Trim()[6..], listed.Output + listed.Error + revoked.Error, StringComparison.Ordinal);
        if (host is not null)
            Assert.IsType<Admission.Refused>(host.Keys.Admit(made.Output.Trim()));
    }

    [Fact]
    public async Task A_key_that_a_running_host_made_opens_it_at_once_and_one_made_without_it_opens_the_next()
    {
        using var temporary = new TemporaryHome();
        var before = await RunAsync(temporary, Create);
        await using var host = await RunningHost.StartAsync(temporary.Home, key: before.Output.Trim());

        var after = await RunAsync(temporary, Create with { Create = Create.Create! with { Name = "second" } });

        Assert.IsType<Admission.Admitted>(host.Keys.Admit(before.Output.Trim()));
        Assert.IsType<Admission.Admitted>(host.Keys.Admit(after.Output.Trim()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_refused_says_why_and_what_to_do(bool isRunning)
    {
        using var temporary = new TemporaryHome();
        await using var host = isRunning ? await RunningHost.StartAsync(temporary.Home) : null;

        var unknown = await RunAsync(temporary, new KeysQuestion { Revoke = "msk_u_this-is-a-secret" });
        var scope = await RunAsync(temporary, Create with { Create = Create.Create! with { Scopes = ["sandbox:read"] } });

        Assert.Equal((1, 1), (unknown.Code, scope.Code));
        Assert.Contains("miosa keys list", unknown.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("this-is-a-secret", unknown.Error, StringComparison.Ordinal);
        Assert.Contains("Did you mean sandboxes:read?", scope.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_list_comes_whole()
    {
        using var temporary = new TemporaryHome();
        await using var host = await RunningHost.StartAsync(temporary.Home);
        for (var i = 0; i < 230; i++)
            await host.Keys.CreateAsync(Create.Create! with { Name = $"key {i}" }, TestContext.Current.CancellationToken);

        var listed = await RunAsync(temporary, All);

        // The host's own first key stands before them.
        Assert.Equal(231, listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Count());
    }

    [Fact]
    public async Task What_the_owner_makes_is_in_the_journal_with_who_made_it()
    {
        using var temporary = new TemporaryHome();
        await using var host = await RunningHost.StartAsync(temporary.Home);

        await RunAsync(temporary, Create);
        await RunAsync(temporary, new KeysQuestion { Revoke = "ci" });

        var journal = (Miosa.Mcp.Events.Journal)host.Services.GetService(typeof(Miosa.Mcp.Events.Journal))!;
        var events = await journal.ReadAsync(new Miosa.Mcp.Events.EventQuery { Workspace = "red", Limit = 10 }, TestContext.Current.CancellationToken);
        Assert.Equal(["key.created", "key.revoked"], events.Select(entry => entry.Type));
        Assert.All(events, entry => Assert.StartsWith("local:", entry.Principal, StringComparison.Ordinal));
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(TemporaryHome temporary, KeysQuestion question)
    {
        await using var output = new StringWriter { NewLine = "\n" };
        await using var error = new StringWriter { NewLine = "\n" };
        var code = await new KeysCommand(temporary.Home, TimeProvider.System, output, error).RunAsync(question, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
