using Miosa.Conformance.Fixtures;
using Miosa.Mcp;
using Miosa.Mcp.Hosting;

// The product's own host and pipeline, with the features of the product replaced by what the conformance suites call.
if (args is not [var path, ..])
{
    await Console.Error.WriteLineAsync("Say which directory may be the home of this host.");
    return 2;
}

var home = new MiosaHome(path);
var options = new ServeOptions { Http = HttpEndpoint.TryParse(args is [_, var http, ..] ? http : "127.0.0.1:0")! };
return await new ServeCommand(home, options, newKey: false, Console.Out, Console.Error)
    .RunAsync(new Server(ConformanceFeature.Add, static _ => { }), CancellationToken.None);
