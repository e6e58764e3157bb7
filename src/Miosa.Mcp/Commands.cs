using System.CommandLine;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Doctor;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Receipts;
using Miosa.Mcp.Transports.Access;
using Miosa.Mcp.Transports.Bridge;
using Miosa.Mcp.Workspaces;

namespace Miosa.Mcp;

/// <summary>The words the program understands.</summary>
internal static class Commands
{
    private static readonly Option<string?> Home = new("--home")
    {
        Description = $"The directory with everything the host owns. Default: ${MiosaHome.Variable}, else ~/.miosa.",
        Recursive = true,
    };

    private static readonly Option<string> Toolsets = new("--toolsets")
    {
        Description = $"The toolsets to offer, separated by commas: {string.Join(", ", Calls.Toolsets.Names)}; or {Calls.Toolsets.All}.",
        DefaultValueFactory = _ => "",
        Validators =
        {
            given =>
            {
                if (Calls.Toolsets.Problem(BridgeOptions.SplitToolsets(given.GetValueOrDefault<string>())) is { } problem)
                    given.AddError($"{problem.Message} {problem.NextStep}");
            },
        },
    };

    private static readonly Option<bool> ReadOnly = new("--read-only") { Description = "Offer only tools that change nothing." };

    public static Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Miosa: a place of its own for an agent's work, behind one MCP server.")
        {
            Home, Serve(), Bridge(), Status(), Stop(), Doctor(),
            KeysCommandLine.Build(parsed => MiosaHome.Resolve(parsed.GetValue(Home))), ApprovalsCommandLine.Build(parsed => MiosaHome.Resolve(parsed.GetValue(Home))), ReceiptCommands.Create(Home),
            WorkspaceCommands.Create(parsed => MiosaHome.Resolve(parsed.GetValue(Home))), InitCommand.Create(), BridgeFilesCommand.Create(),
        };
        return root.Parse(args).InvokeAsync();
    }

    private static Command Serve()
    {
        var http = new Option<HttpEndpoint>("--http")
        {
            Description = $"Where to listen for HTTP: address:port, a port on loopback, or none. Default: {HttpEndpoint.Default}.",
            DefaultValueFactory = _ => HttpEndpoint.Default,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (HttpEndpoint.TryParse(text) is { } endpoint)
                    return endpoint;
                result.AddError($"'{text}' is no place to listen. Say address:port, a port, or none.");
                return null;
            },
        };
        var beyond = new Option<bool>("--listen-beyond-loopback") { Description = "Allow an address that other machines can reach. Needs TLS." };
        var certificate = new Option<string?>("--tls-cert") { Description = "A PEM file with the certificate." };
        var key = new Option<string?>("--tls-key") { Description = "A PEM file with the certificate's key." };
        var names = new Option<string[]>("--allow-host") { Description = "A name, besides loopback, under which clients call. May be repeated.", DefaultValueFactory = _ => [] };
        var newKey = new Option<bool>("--new-key") { Description = "Make a new access key, show it once, and forget the old ones." };
        var detached = new Option<bool>("--detached") { Hidden = true };

        var command = new Command("serve", "Runs the host.") { http, beyond, certificate, key, names, Toolsets, ReadOnly, newKey, detached };
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new ServeOptions
            {
                Http = parsed.GetValue(http)!,
                ListenBeyondLoopback = parsed.GetValue(beyond),
                TlsCertificate = parsed.GetValue(certificate),
                TlsKey = parsed.GetValue(key),
                AllowedHosts = parsed.GetValue(names)!,
                Toolsets = BridgeOptions.SplitToolsets(parsed.GetValue(Toolsets)!),
                ReadOnly = parsed.GetValue(ReadOnly),
                Detached = parsed.GetValue(detached),
            };
            return new ServeCommand(MiosaHome.Resolve(parsed.GetValue(Home)), options, parsed.GetValue(newKey), Console.Out, Console.Error)
                .RunAsync(Server.Product, cancellationToken);
        });
        return command;
    }

    private static Command Bridge()
    {
        var workspace = new Option<string?>("--workspace") { Description = "The workspace to work in." };
        var agent = new Option<string?>("--agent") { Description = "The agent of the workspace that this client acts as." };
        var directory = new Option<string?>("--workspace-dir") { Description = "A folder of this machine that holds the workspace's contract; the workspace is named after it unless --workspace says otherwise." };
        var command = new Command("mcp", "Speaks MCP over stdio with the host, and starts one if none is running.") { workspace, directory, agent, Toolsets, ReadOnly };
        command.SetAction((parsed, _) => BridgeCommand.RunAsync(new BridgeOptions
        {
            Home = parsed.GetValue(Home),
            Workspace = parsed.GetValue(workspace),
            WorkspaceDirectory = parsed.GetValue(directory) is { } path ? Path.GetFullPath(path) : null,
            Agent = parsed.GetValue(agent),
            Toolsets = BridgeOptions.SplitToolsets(parsed.GetValue(Toolsets)!),
            ReadOnly = parsed.GetValue(ReadOnly),
        }));
        return command;
    }

    private static Command Status()
    {
        var command = new Command("status", "Says whether a host is running, and what it is doing.");
        command.SetAction((parsed, cancellationToken) => new StatusCommand(MiosaHome.Resolve(parsed.GetValue(Home)), Console.Out).RunAsync(cancellationToken));
        return command;
    }

    private static Command Stop()
    {
        var command = new Command("stop", "Stops the host. Sandboxes keep running.");
        command.SetAction((parsed, cancellationToken) => new StopCommand(MiosaHome.Resolve(parsed.GetValue(Home)), Console.Out, TimeProvider.System).RunAsync(cancellationToken));
        return command;
    }

    private static Command Doctor()
    {
        var json = new Option<bool>("--json") { Description = "Print the checks as JSON." };
        var command = new Command("doctor", "Says what this machine can enforce and what not, and how to mend it.") { json };
        command.SetAction((parsed, cancellationToken) =>
            DoctorCommand.RunAsync(MiosaHome.Resolve(parsed.GetValue(Home)).Engine, parsed.GetValue(json), Console.Out, cancellationToken));
        return command;
    }
}
