using Miosa.Mcp;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Transports.Bridge;

// A client waits for the bridge and for the host that it starts, so both do without the parser and everything else that only other commands need.
return BridgeOptions.TryParse(args) is { } bridge ? await BridgeCommand.RunAsync(bridge)
    : HostStarter.TryParse(args) is { } home ? await ServeCommand.Detached(home).RunAsync(Server.Product, CancellationToken.None)
    : await Commands.RunAsync(args);
