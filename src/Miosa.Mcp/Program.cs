using Miosa.Mcp;
using Miosa.Mcp.Transports.Bridge;

// A client waits for the bridge, so it starts without the parser and everything else that only other commands need.
return BridgeOptions.TryParse(args) is { } bridge
    ? await BridgeCommand.RunAsync(bridge)
    : await Commands.RunAsync(args);
