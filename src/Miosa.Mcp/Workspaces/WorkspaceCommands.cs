using System.CommandLine;
using Miosa.Mcp.Hosting;
using Miosa.Workspaces;
using Miosa.Workspaces.Reports;

namespace Miosa.Mcp.Workspaces;

/// <summary><c>miosa workspace …</c>: what a person does with a contract folder.</summary>
internal static class WorkspaceCommands
{
    public static Command Create(Func<ParseResult, MiosaHome> home)
    {
        var command = new Command("workspace", "Works with a company's contract folder.") { Check() };
        foreach (var each in WorkspaceFolderCommands.Build(home))
            command.Add(each);
        return command;
    }

    private static Command Check()
    {
        var directory = new Argument<string>("dir") { Description = "The folder. Default: where you are.", DefaultValueFactory = _ => "." };
        var json = new Option<bool>("--json") { Description = "Print the problems as JSON." };
        var sarif = new Option<bool>("--sarif") { Description = "Print the problems as SARIF 2.1.0." };
        var strict = new Option<bool>("--strict") { Description = "Add the strict rules of the specifications, and let warnings count." };
        var fix = new Option<bool>("--fix") { Description = "Mend first what can be mended safely." };
        var command = new Command("check", "Tells what is wrong with a contract folder, and how to mend it.") { directory, json, sarif, strict, fix };
        command.SetAction((parsed, cancellationToken) => CheckAsync(
            parsed.GetValue(directory)!,
            parsed.GetValue(strict),
            parsed.GetValue(fix),
            parsed.GetValue(sarif) ? result => SarifReport.Write(result, HostVersion) : parsed.GetValue(json) ? JsonReport.Write : TextReport.Write,
            Console.Out,
            Console.Error,
            cancellationToken));
        return command;
    }

    /// <returns>0 where the folder is sound, 1 where it has errors, 2 where there is no folder.</returns>
    internal static async Task<int> CheckAsync(string directory, bool strict, bool fix, Func<LintResult, string> write, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(directory))
        {
            await errors.WriteLineAsync($"miosa: there is no folder `{directory}`. Name one that is there, or begin one with `miosa init`.");
            return 2;
        }
        var result = new WorkspaceLinter().Check(directory, strict, fix, cancellationToken);
        await output.WriteAsync(write(result));
        return result.ExitCode;
    }

    private static string HostVersion => typeof(WorkspaceCommands).Assembly.GetName().Version?.ToString(3) ?? "0";
}
