using System.CommandLine;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Receipts;

/// <summary><c>miosa receipts</c>: for people, and for strangers who have nothing but a folder.</summary>
internal static class ReceiptCommands
{
    private static readonly Option<string> Workspace = new("--workspace") { Description = "Whose receipts.", DefaultValueFactory = _ => Calls.Caller.DefaultWorkspace };

    private static readonly Option<bool> Json = new("--json") { Description = "Print JSON." };

    public static Command Create(Option<string?> home) => new("receipts", "Reads and verifies the signed record of what was decided and done.")
    {
        Verify(home), List(home), Show(home), Export(home), RotateKey(home),
    };

    private static Command Verify(Option<string?> home)
    {
        var path = new Argument<string>("path") { Description = "A folder with receipts, or a file." };
        var keys = new Option<string[]>("--key", "--trust") { Description = "A key that you know from elsewhere: its fingerprint, a did:key, or a PEM file. May be repeated.", DefaultValueFactory = _ => [] };
        var anchors = new Option<string[]>("--anchors") { Description = "Anchors that were kept elsewhere: a file or a folder. May be repeated.", DefaultValueFactory = _ => [] };
        var alone = new Option<bool>("--no-host") { Description = "Do not compare with what this host has itself." };
        var command = new Command("verify", "Verifies a folder of receipts with nothing else, and names the first that is not as it was signed.") { path, keys, anchors, alone, Json };
        command.SetAction((parsed, _) => new VerifyCommand(Console.Out, Console.Error)
            .RunAsync(parsed.GetValue(path)!, parsed.GetValue(keys)!, parsed.GetValue(anchors)!, parsed.GetValue(alone) ? null : MiosaHome.Resolve(parsed.GetValue(home)), parsed.GetValue(Json)));
        return command;
    }

    private static Command List(Option<string?> home)
    {
        var limit = new Option<int>("--limit") { Description = "How many, the latest first.", DefaultValueFactory = _ => 20 };
        var command = new Command("list", "Lists the latest receipts of a workspace.") { Workspace, limit, Json };
        command.SetAction((parsed, _) => Reader(parsed, home).ListAsync(parsed.GetValue(Workspace)!, parsed.GetValue(limit), parsed.GetValue(Json)));
        return command;
    }

    private static Command Show(Option<string?> home)
    {
        var id = new Argument<string>("id") { Description = "urn:receipt:…, or a call id for all receipts of a call." };
        var command = new Command("show", "Prints a receipt whole.") { id, Workspace };
        command.SetAction((parsed, _) => Reader(parsed, home).ShowAsync(parsed.GetValue(Workspace)!, parsed.GetValue(id)!));
        return command;
    }

    private static Command Export(Option<string?> home)
    {
        var target = new Argument<string>("folder") { Description = "A folder that does not exist yet." };
        var command = new Command("export", "Copies a workspace's receipts, with anchors and public keys, so that a stranger can verify them.") { target, Workspace };
        command.SetAction((parsed, _) => Reader(parsed, home).ExportAsync(parsed.GetValue(Workspace)!, parsed.GetValue(target)!, TimeProvider.System));
        return command;
    }

    private static Command RotateKey(Option<string?> home)
    {
        var command = new Command("rotate-key", "Makes another key sign from now on. Every chain names it in a receipt that the old one signs.");
        command.SetAction((parsed, cancellationToken) => new RotateKeyCommand(MiosaHome.Resolve(parsed.GetValue(home)), Console.Out, Console.Error).RunAsync(cancellationToken));
        return command;
    }

    private static ReadCommand Reader(ParseResult parsed, Option<string?> home) => new(MiosaHome.Resolve(parsed.GetValue(home)), Console.Out, Console.Error);
}
