using System.CommandLine;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Transports.Access;

namespace Miosa.Mcp.Approvals;

/// <summary>The words that <c>miosa approvals</c> understands.</summary>
internal static class ApprovalsCommandLine
{
    public static Command Build(Func<ParseResult, MiosaHome> home) => new("approvals", "Shows what agents ask for, and takes a person's answers.")
    {
        List(home), Show(home), Approve(home), Deny(home), Revise(home), Grants(home), Revoke(home), Passphrase(home),
    };

    private static Command List(Func<ParseResult, MiosaHome> home)
    {
        var workspace = Workspace();
        var all = new Option<bool>("--all") { Description = "Also those that were answered or are over." };
        var command = new Command("list", "Lists what waits for an answer.") { workspace, all };
        command.SetAction((parsed, cancellationToken) => New(home(parsed)).ListAsync(parsed.GetValue(workspace), parsed.GetValue(all), cancellationToken));
        return command;
    }

    private static Command Show(Func<ParseResult, MiosaHome> home)
    {
        var id = Id();
        var command = new Command("show", "Shows exactly what is asked.") { id };
        command.SetAction((parsed, cancellationToken) => New(home(parsed)).ShowAsync(parsed.GetValue(id)!, cancellationToken));
        return command;
    }

    private static Command Approve(Func<ParseResult, MiosaHome> home)
    {
        var id = Id();
        var note = new Option<string?>("--note") { Description = "Something to say to it." };
        var edit = new Option<string?>("--with") { Description = "A file with other arguments, as JSON; the call is then made with these." };
        var grantFor = new Option<string?>("--grant-for") { Description = "Let such calls pass without asking for so long: 8h, 30m." };
        var uses = new Option<int?>("--uses") { Description = "How often the grant may be used." };
        var same = new Option<string[]>("--same") { Description = "For the grant: an argument that must stay as it is, while all others may be anything. May be repeated. Default: the exact call only.", DefaultValueFactory = _ => [] };
        var command = new Command("approve", "Lets the call be made, once. Only at a terminal.") { id, note, edit, grantFor, uses, same };
        command.Validators.Add(result =>
        {
            if (result.GetValue(grantFor) is null && (result.GetValue(uses) is not null || result.GetValue(same) is { Length: > 0 }))
                result.AddError("--uses and --same are for a grant: say with --grant-for how long it holds, or leave them out.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            ApprovalsGrant? grant = null;
            if (parsed.GetValue(grantFor) is { } text)
            {
                if (!Lifetimes.TryParse(text, out var seconds) || seconds is not { } length)
                {
                    await Console.Error.WriteLineAsync("miosa: --grant-for takes a time such as 8h, 30m or 600.");
                    return 1;
                }
                grant = new ApprovalsGrant(length, parsed.GetValue(uses), parsed.GetValue(same) is { Length: > 0 } names ? names : null);
            }
            var decision = new ApprovalsDecision { Id = parsed.GetValue(id)!, Decision = "approve", Note = parsed.GetValue(note), Grant = grant };
            return await New(home(parsed)).DecideAsync(decision, parsed.GetValue(edit), cancellationToken);
        });
        return command;
    }

    private static Command Deny(Func<ParseResult, MiosaHome> home) => Decide(home, "deny", "Says no.", "--reason", "Why, for who asked.");

    private static Command Revise(Func<ParseResult, MiosaHome> home) => Decide(home, "revise", "Wants it otherwise.", "--note", "What should be different.");

    private static Command Decide(Func<ParseResult, MiosaHome> home, string word, string description, string option, string what)
    {
        var id = Id();
        var note = new Option<string?>(option) { Description = what };
        var command = new Command(word, $"{description} Only at a terminal.") { id, note };
        command.SetAction((parsed, cancellationToken) =>
            New(home(parsed)).DecideAsync(new ApprovalsDecision { Id = parsed.GetValue(id)!, Decision = word, Note = parsed.GetValue(note) }, editsFile: null, cancellationToken));
        return command;
    }

    private static Command Grants(Func<ParseResult, MiosaHome> home)
    {
        var workspace = Workspace();
        var command = new Command("grants", "Lists standing consents.") { workspace };
        command.SetAction((parsed, cancellationToken) => New(home(parsed)).GrantsAsync(parsed.GetValue(workspace), cancellationToken));
        return command;
    }

    private static Command Revoke(Func<ParseResult, MiosaHome> home)
    {
        var id = new Argument<string>("grant") { Description = "The id of a grant." };
        var command = new Command("revoke", "Ends a standing consent at once.") { id };
        command.SetAction((parsed, cancellationToken) => New(home(parsed)).RevokeAsync(parsed.GetValue(id)!, cancellationToken));
        return command;
    }

    private static Command Passphrase(Func<ParseResult, MiosaHome> home)
    {
        var command = new Command("passphrase", "Sets a passphrase that answers at a terminal need from then on.");
        command.SetAction((parsed, cancellationToken) => New(home(parsed)).SetPassphraseAsync(cancellationToken));
        return command;
    }

    private static Argument<string> Id() => new("id") { Description = "Such as appr_01…" };

    private static Option<string?> Workspace() => new("--workspace") { Description = "Only of this workspace." };

    private static ApprovalsCommand New(MiosaHome home) => new(home, Terminal.Real);
}
