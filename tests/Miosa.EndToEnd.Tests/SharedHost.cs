using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

[assembly: AssemblyFixture(typeof(Miosa.EndToEnd.Tests.SharedHost))]

namespace Miosa.EndToEnd.Tests;

/// <summary>
/// One host with a home that outlives the tests, so that its template is built once on a machine. Tests that need a
/// sandbox make their own in it and leave nothing.
/// </summary>
public class SharedHost : IAsyncLifetime
{
    private static readonly TimeSpan LongestBuild = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestCopy = TimeSpan.FromMinutes(3);
    private readonly string _volumes;
    private MiosaProcess? _host;

    public SharedHost() : this(Home, "auto")
    {
    }

    protected SharedHost(string home, string volumes) => (HomePath, _volumes) = (home, volumes);

    /// <summary>Why there are no sandboxes on this machine; null where there are.</summary>
    public string? Refusal { get; protected set; }

    /// <summary>Of this checkout, so that two of them can be tested side by side.</summary>
    public static string Homes { get; } = Path.Combine(
        "/var/tmp/miosa-tests", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(AppContext.BaseDirectory)))[..8]);

    /// <summary>That of the tests that do not care how volumes are kept.</summary>
    public static string Home { get; } = Path.Combine(Homes, "home");

    public string HomePath { get; }

    /// <summary>Where this host's volumes are seen.</summary>
    internal string Volumes => Path.Combine(HomePath, "engine", "volumes");

    public virtual async ValueTask InitializeAsync()
    {
        var (code, output) = await MiosaProcess.RunAsync("doctor", "--home", HomePath);
        if (code is not 0)
        {
            Refusal = $"This machine cannot run sandboxes: {output}";
            return;
        }
        // A run that was killed leaves its host.
        await MiosaProcess.RunAsync("stop", "--home", HomePath);
        Directory.CreateDirectory(HomePath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        // Other checkouts are tested beside this one, and neither a link of a test nor what it destroyed is to outlive it.
        await File.WriteAllTextAsync(
            Path.Combine(HomePath, "settings.json"), $$$"""{"Approvals":{"Policy":"auto"},"Sandboxes":{"Volumes":"{{{_volumes}}}"},"Previews":{"Endpoint":"127.0.0.1:0"},"Snapshots":{"AutomaticAge":"00:10:00","LongestWait":"00:00:40"}}""");
        _host = await MiosaProcess.ServeAsync(HomePath, "--http", "127.0.0.1:0");
        await using var client = await ConnectAsync();
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var created = await client.CallAsync("sandbox_create", new { name = "warm-up" });
            if ((string)created["state"]! is "running")
                break;
            Assert.True((string)created["state"]! is "provisioning", $"The template was not built: {created}");
            Assert.True(TimeProvider.System.GetElapsedTime(started) < LongestBuild, "The template was not built in time.");
        }
        // What an earlier run that was killed has left.
        var list = await client.CallAsync("sandbox_list", new { limit = 50 });
        foreach (var sandbox in list["sandboxes"]!.AsArray())
            await client.CallAsync("sandbox_destroy", new { sandbox_id = (string)sandbox!["id"]! });
    }

    internal Task<Client> ConnectAsync() => Client.StdioAsync(HomePath, "--toolsets", "all");

    /// <summary>A client with a sandbox of its own, or a skip that says why there is none.</summary>
    internal async Task<SandboxClient> SandboxAsync(object? request = null)
    {
        Assert.SkipWhen(Refusal is not null, Refusal ?? "");
        var client = await ConnectAsync();
        return await RunningAsync(client, await client.CallAsync("sandbox_create", request ?? new { }));
    }

    /// <summary>The sandbox of an answer to `sandbox_create`, once it runs.</summary>
    internal static async Task<SandboxClient> RunningAsync(Client client, JsonObject created)
    {
        // Where every file is copied it takes longer than a call may.
        var started = TimeProvider.System.GetTimestamp();
        while ((string)created["state"]! is "provisioning" && TimeProvider.System.GetElapsedTime(started) < LongestCopy)
            created["state"] = (await client.CallAsync("sandbox_get", new { sandbox_id = (string)created["sandbox_id"]! }))["state"]!.DeepClone();
        Assert.Equal("running", (string)created["state"]!);
        return new SandboxClient(client, (string)created["sandbox_id"]!, created);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_host is not null)
            await _host.DisposeAsync();
    }
}

/// <summary>A client and its sandbox, which ends with it.</summary>
internal sealed class SandboxClient(Client client, string id, JsonObject created) : IAsyncDisposable
{
    public Client Client { get; } = client;

    public string Id { get; } = id;

    public JsonObject Created { get; } = created;

    /// <summary>Runs a shell line and gives the whole answer.</summary>
    public Task<JsonObject> ExecAsync(string command, string user = "agent", int wait = 50) =>
        Client.CallAsync("sandbox_exec", new { sandbox_id = Id, command, user, wait_seconds = wait });

    /// <summary>Runs a shell line that works, and gives what it printed.</summary>
    public async Task<string> ShellAsync(string command, string user = "agent")
    {
        var result = await ExecAsync(command, user);
        Assert.True((int?)result["exit_code"] is 0, $"{command}: {result}");
        return ((string?)result["stdout"] ?? "").TrimEnd('\n');
    }

    public Task<JsonObject> CallAsync(string tool, object arguments) => Client.CallAsync(tool, With(arguments));

    public Task<JsonObject> RefusedAsync(string tool, object arguments) => Client.RefusedAsync(tool, With(arguments));

    public async ValueTask DisposeAsync()
    {
        await Client.CallAsync("sandbox_destroy", new { sandbox_id = Id });
        await Client.DisposeAsync();
    }

    private JsonObject With(object arguments)
    {
        var json = System.Text.Json.JsonSerializer.SerializeToNode(arguments)!.AsObject();
        json["sandbox_id"] = Id;
        return json;
    }
}
