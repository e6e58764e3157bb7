using System.CommandLine;
using System.IO.Abstractions;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;
using Miosa.Workspaces;
using Miosa.Workspaces.Bridges;

namespace Miosa.Mcp.Workspaces;

/// <summary><c>miosa bridge</c>: writes what each runtime boots from, out of the one contract. (The bridge of <c>miosa mcp</c> is another thing.)</summary>
internal sealed class BridgeFilesCommand(IFileSystem files, TextWriter output, TextWriter errors)
{
    internal enum Act
    {
        Write,
        Check,
        Remove,
    }

    public static Command Create()
    {
        var folder = new Argument<string>("dir") { Description = "The workspace.", DefaultValueFactory = _ => "." };
        var runtimes = new Option<string>("--for") { Description = $"Runtimes, separated by commas, or all: {string.Join(", ", RuntimeBridges.All.Select(bridge => bridge.Runtime))}. Default: those that are there already, else all.", DefaultValueFactory = _ => "" };
        var check = new Option<bool>("--check") { Description = "Write nothing; end with 1 where something is not as the contract says." };
        var remove = new Option<bool>("--remove") { Description = "Take away what was written." };
        var name = new Option<string?>("--workspace") { Description = "The name under which clients ask for this workspace. Default: the company's slug." };
        var agent = new Option<string?>("--agent") { Description = "The agent that clients act as." };
        var program = new Option<string?>("--command") { Description = "The program that clients start. Default: this one." };
        var command = new Command("bridge", "Writes what each agent runtime boots from, out of the workspace's contract.") { folder, runtimes, check, remove, name, agent, program };
        command.Validators.Add(result =>
        {
            if (result.GetValue(check) && result.GetValue(remove))
                result.AddError("--check writes nothing and --remove takes away: say one of them.");
        });
        command.SetAction(parsed => new BridgeFilesCommand(new FileSystem(), Console.Out, Console.Error).Run(
            parsed.GetValue(folder)!,
            parsed.GetValue(runtimes)!,
            parsed.GetValue(check) ? Act.Check : parsed.GetValue(remove) ? Act.Remove : Act.Write,
            parsed.GetValue(name),
            parsed.GetValue(agent),
            parsed.GetValue(program) ?? Executable.Launcher));
        return command;
    }

    public int Run(string folder, string runtimes, Act act, string? name, string? agent, string program)
    {
        if (!files.Directory.Exists(folder))
            return Fail($"There is no folder {folder}. `miosa init {folder}` makes one.");
        var loader = new WorkspaceLoader(files);
        var loaded = loader.Load(folder);
        var workspace = loaded.Workspace;
        if (workspace is { BootFiles: [], Agents: [], Skills: [] })
            return Fail($"{folder} holds no contract: no SYSTEM.md, no agents, no skills. `miosa init {folder}` writes one.");
        if (agent is not null && workspace.FindAgent(agent) is null)
            return Fail($"There is no agent {agent}; there are: {string.Join(", ", workspace.Agents.Select(known => known.Id))}.");

        var input = new BridgeInput
        {
            Workspace = workspace,
            Name = name ?? SafeName.Of(workspace.Company.Slug),
            Command = program,
            Agent = agent,
            Tools = Server.ToolNames(),
            Texts = BridgeSources.Read(loader, loaded),
        };
        var writer = new BridgeWriter(files, folder, dry: act is Act.Check);
        var present = RuntimeBridges.All.Where(bridge => writer.IsPresent(bridge, input)).ToList();
        List<IRuntimeBridge> asked = [];
        foreach (var runtime in runtimes.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (runtime is "all")
                asked.AddRange(RuntimeBridges.All);
            else if (RuntimeBridges.Find(runtime) is { } bridge)
                asked.Add(bridge);
            else
                return Fail($"No bridge leads to {runtime}. There are: {string.Join(", ", RuntimeBridges.All.Select(known => known.Runtime))}, all.");
        }
        if (asked.Count is 0)
            asked = present is [] && act is Act.Write ? [.. RuntimeBridges.All] : present;
        asked = [.. asked.Distinct()];
        List<IRuntimeBridge> others = [.. present.Except(asked)];

        var outcomes = act is Act.Remove ? writer.Remove(asked, others, input) : writer.Write(asked, others, input);
        foreach (var outcome in outcomes.Where(outcome => outcome.Kind is not BridgeOutcomeKind.Unchanged))
            output.WriteLine(PlainText.Line($"{Word(outcome.Kind, act),-14} {outcome.Path}{(outcome.Reason is null ? "" : $": {outcome.Reason}")}"));
        if (act is not Act.Remove)
            Say(asked, input);

        var stale = outcomes.Count(outcome => outcome.Kind is BridgeOutcomeKind.Written or BridgeOutcomeKind.Updated or BridgeOutcomeKind.Removed);
        if (!loaded.IsSound)
            errors.WriteLine($"The contract has errors; `miosa workspace check {folder}` says which. What is not in force is not carried.");
        if (act is Act.Check && stale > 0)
            return Stale($"{stale} files are not as the contract says. Run `miosa bridge {folder}`.");
        output.WriteLine($"{string.Join(", ", asked.Select(bridge => bridge.Runtime).DefaultIfEmpty("nothing"))}: {outcomes.Count - stale} as they were, {stale} {(act is Act.Remove ? "removed or cleared" : "written or removed")}.");
        return 0;
    }

    private void Say(IReadOnlyList<IRuntimeBridge> bridges, BridgeInput input)
    {
        var made = bridges.Select(bridge => (bridge.Runtime, Output: bridge.Write(input))).ToList();
        foreach (var what in made.SelectMany(one => one.Output.LeftOut.Select(what => $"{one.Runtime}: {what}")).Distinct(StringComparer.Ordinal))
            output.WriteLine(PlainText.Line($"{"left out",-14} {what}"));
        foreach (var what in made.SelectMany(one => one.Output.ByHand).Distinct(StringComparer.Ordinal))
            output.WriteLine(PlainText.Line($"{"by hand",-14} {what}"));
    }

    private static string Word(BridgeOutcomeKind kind, Act act) => (kind, act) switch
    {
        (BridgeOutcomeKind.LeftAlone, _) => "left alone",
        (BridgeOutcomeKind.Written, Act.Check) => "missing",
        (BridgeOutcomeKind.Updated, Act.Check) => "stale",
        (BridgeOutcomeKind.Removed, Act.Check) => "no longer made",
        (BridgeOutcomeKind.Written, _) => "written",
        (BridgeOutcomeKind.Updated, _) => "updated",
        _ => "removed",
    };

    private int Stale(string why)
    {
        errors.WriteLine(why);
        return 1;
    }

    /// <summary>Not 1: that is what a check says.</summary>
    private int Fail(string why)
    {
        errors.WriteLine(why);
        return 2;
    }
}
