using System.CommandLine;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Transports.Access;

/// <summary>The words that <c>miosa keys</c> understands.</summary>
internal static class KeysCommandLine
{
    private const string DefaultLifetime = "90d";

    public static Command Build(Func<ParseResult, MiosaHome> home) => new("keys", "Makes, lists and revokes the keys that open the HTTP side.") { Create(home), Token(home), List(home), Revoke(home) };

    private static Command Create(Func<ParseResult, MiosaHome> home)
    {
        var name = new Argument<string>("name") { Description = "What people know it by." };
        var kind = new Option<string>("--kind") { Description = "user, for a person or the client they use; admin, for who looks after others; platform, for a program that serves people of its own.", DefaultValueFactory = _ => "user" };
        var scopes = Scopes();
        var workspaces = new Option<string[]>("--workspace") { Description = "A workspace it is good for. May be repeated. Default: all.", DefaultValueFactory = _ => [] };
        var agent = Agent();
        var readOnly = ReadOnly();
        var lifetime = Lifetime(DefaultLifetime, "How long it lasts: 90d, 12h, 30m, seconds, or never.");
        var command = new Command("create", "Makes a key and prints it, once.") { name, kind, scopes, workspaces, agent, readOnly, lifetime };
        command.SetAction((parsed, cancellationToken) => RunAsync(home(parsed), parsed.GetValue(lifetime)!, seconds => new KeysQuestion
        {
            Create = new KeyRequest
            {
                Name = parsed.GetValue(name),
                Kind = parsed.GetValue(kind),
                Scopes = parsed.GetValue(scopes),
                Workspaces = parsed.GetValue(workspaces),
                Agent = parsed.GetValue(agent),
                ReadOnly = parsed.GetValue(readOnly),
                ExpiresInSeconds = seconds,
            },
        }, cancellationToken));
        return command;
    }

    private static Command Token(Func<ParseResult, MiosaHome> home)
    {
        var maker = new Option<string?>("--of") { Description = "The key, by id or name, that it is to be less than and end with. Default: none, it is the owner's own." };
        var scopes = Scopes();
        var workspace = new Option<string?>("--workspace") { Description = "The workspace it is good for." };
        var user = new Option<string?>("--user") { Description = "Whom it is for: a name for the records." };
        var agent = Agent();
        var readOnly = ReadOnly();
        var lifetime = Lifetime("1h", "How long it lasts, 24h at most.");
        var command = new Command("token", "Makes a token that may do less, for a while, and prints it, once.") { maker, scopes, workspace, user, agent, readOnly, lifetime };
        command.SetAction((parsed, cancellationToken) => RunAsync(home(parsed), parsed.GetValue(lifetime)!, seconds => new KeysQuestion
        {
            Maker = parsed.GetValue(maker),
            Delegate = new TokenRequest
            {
                Scopes = parsed.GetValue(scopes),
                WorkspaceId = parsed.GetValue(workspace),
                UserId = parsed.GetValue(user),
                Agent = parsed.GetValue(agent),
                ReadOnly = parsed.GetValue(readOnly),

                // One that never ends is no token; the rules say so.
                ExpiresInSeconds = seconds ?? long.MaxValue,
            },
        }, cancellationToken));
        return command;
    }

    private static Command List(Func<ParseResult, MiosaHome> home)
    {
        var ended = new Option<bool>("--all") { Description = "Also those that ended lately." };
        var command = new Command("list", "Shows keys and tokens, and when each was last used.") { ended };
        command.SetAction((parsed, cancellationToken) => New(home(parsed)).RunAsync(new KeysQuestion { List = new KeysList(parsed.GetValue(ended), After: null) }, cancellationToken));
        return command;
    }

    private static Command Revoke(Func<ParseResult, MiosaHome> home)
    {
        var key = new Argument<string>("key") { Description = "Its id, or a key's name. Never the key itself." };
        var command = new Command("revoke", "Ends a key or token, and all tokens that came from it, at once.") { key };
        command.SetAction((parsed, cancellationToken) => New(home(parsed)).RunAsync(new KeysQuestion { Revoke = parsed.GetValue(key) }, cancellationToken));
        return command;
    }

    private static Option<string[]> Scopes() => new("--scope")
    {
        Description = $"What it may do. May be repeated. One of: {string.Join(", ", Calls.Scopes.Known)}.",
        DefaultValueFactory = _ => [],
    };

    private static Option<string?> Agent() => new("--agent") { Description = "The agent that its holder is, and no other." };

    private static Option<bool> ReadOnly() => new("--read-only") { Description = "It may change nothing." };

    private static Option<string> Lifetime(string standard, string description) => new("--expires-in") { Description = $"{description} Default: {standard}.", DefaultValueFactory = _ => standard };

    private static async Task<int> RunAsync(MiosaHome home, string lifetime, Func<long?, KeysQuestion> question, CancellationToken cancellationToken)
    {
        if (Lifetimes.TryParse(lifetime, out var seconds))
            return await New(home).RunAsync(question(seconds), cancellationToken);
        await Console.Error.WriteLineAsync("miosa: --expires-in takes a time such as 90d, 12h, 30m or 3600, or never.");
        return 1;
    }

    private static KeysCommand New(MiosaHome home) => new(home, TimeProvider.System, Console.Out, Console.Error);
}
