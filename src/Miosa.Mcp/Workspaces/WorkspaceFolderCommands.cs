using System.CommandLine;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Transports.Stdio;
using Miosa.Mcp.Workspaces.Moving;

namespace Miosa.Mcp.Workspaces;

/// <summary>`miosa workspace import`, `export` and `path`: a person's ways to the folder of a workspace.</summary>
internal static class WorkspaceFolderCommands
{
    /// <summary>Many files take a while; what was begun goes on in the host whoever waits.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(15);

    public static IReadOnlyList<Command> Build(Func<ParseResult, MiosaHome> home)
    {
        var workspace = new Option<string?>("--workspace") { Description = "The workspace; `default` if absent." };
        var force = new Option<bool>("--force") { Description = "Replace what differs." };
        var directory = new Argument<string>("DIR") { Description = "A directory of this machine." };

        var import = new Command("import", "Copies a directory into the folder of a workspace, in its sandbox.") { directory, workspace, force };
        import.SetAction((parsed, cancellationToken) => AskAsync(home(parsed), Question(FolderQuestion.Import, parsed.GetValue(directory), parsed.GetValue(force)), parsed.GetValue(workspace), cancellationToken));
        var export = new Command("export", "Copies the folder of a workspace out of its sandbox into a directory.") { directory, workspace, force };
        export.SetAction((parsed, cancellationToken) => AskAsync(home(parsed), Question(FolderQuestion.Export, parsed.GetValue(directory), parsed.GetValue(force)), parsed.GetValue(workspace), cancellationToken));
        var path = new Command("path", "Says where the folder of a workspace is.") { workspace };
        path.SetAction((parsed, cancellationToken) => AskAsync(home(parsed), Question(FolderQuestion.Path, null, force: false), parsed.GetValue(workspace), cancellationToken));
        return [import, export, path];
    }

    private static FolderQuestion Question(string what, string? directory, bool force) =>
        new() { Do = what, Directory = directory is null ? null : Path.GetFullPath(directory), Force = force };

    private static async Task<int> AskAsync(MiosaHome home, FolderQuestion question, string? workspace, CancellationToken cancellationToken)
    {
        var answer = await HostClient.AskAsync(
            home, new Hello { Version = Hello.CurrentVersion, Control = HostControl.Folder, Folder = question, Workspace = workspace }, cancellationToken, LongestWait);
        if (answer?.Folder is not { } told)
        {
            await Console.Error.WriteLineAsync(answer?.Error is { } error ? PlainText.Line(error) : $"No host is running for {home.Path}, or it does not answer. Start one with `miosa serve`.");
            return 1;
        }
        // Names in it are those of files and of a company that an agent can write.
        foreach (var line in told.Lines)
            await (told.Done ? Console.Out : Console.Error).WriteLineAsync(PlainText.Line(line));
        return told.Done ? 0 : 1;
    }
}
