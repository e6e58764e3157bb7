using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests.Previews;

/// <summary>A sandbox with a server in it, and a preview of that.</summary>
internal sealed class Shown : IAsyncDisposable
{
    public const int Port = 3000;

    private Shown(SandboxClient sandbox) => Sandbox = sandbox;

    public SandboxClient Sandbox { get; }

    public Client Client => Sandbox.Client;

    public required JsonObject Exposed { get; init; }

    public string PreviewId => (string)Exposed["preview_id"]!;

    public Uri Url => new((string)Exposed["url"]!);

    public Uri OpenUrl => new((string)Exposed["open_url"]!);

    public Uri At(string target) => new(Url, target);

    public static async Task<Shown> StartAsync(SandboxClient sandbox)
    {
        await RunAsync(sandbox, "app.js", Apps.Echo, $"{Port}");
        return new Shown(sandbox) { Exposed = await sandbox.CallAsync("sandbox_expose", new { port = Port }) };
    }

    /// <summary>Runs a script with Node and waits until it says that it listens.</summary>
    public static async Task RunAsync(SandboxClient sandbox, string file, string script, string arguments)
    {
        await sandbox.CallAsync("sandbox_write_file", new { path = $"/workspace/{file}", content = script });
        var started = await sandbox.CallAsync("sandbox_exec", new { command = $"node {file} {arguments}", wait_seconds = 0 });
        var output = await sandbox.Client.CallAsync("process_output", new { process_id = (string)started["process_id"]!, wait_for = "listening", wait_seconds = 20 });
        Assert.True((bool?)output["found"] is true, output.ToJsonString());
    }

    public Task<Visitor> EnterAsync() => Visitor.EnterAsync(OpenUrl);

    public ValueTask DisposeAsync() => Sandbox.DisposeAsync();
}
