using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests.Templates;

/// <summary>Templates of a test: named for it alone, and gone with it.</summary>
internal sealed class TemplateWorld(Client client) : IAsyncDisposable
{
    private static readonly TimeSpan LongestBuild = TimeSpan.FromMinutes(8);
    private readonly string _mark = Guid.NewGuid().ToString("n")[..8];
    private readonly List<string> _made = [];

    public Client Client { get; } = client;

    public static async Task<TemplateWorld> OpenAsync(SharedHost host)
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        return new TemplateWorld(await Client.StdioAsync(SharedHost.Home, "--toolsets", "default,templates"));
    }

    /// <summary>A name that nobody else has.</summary>
    public string Name(string name)
    {
        var own = $"t-{_mark}-{name}";
        _made.Add(own);
        return own;
    }

    /// <summary>Makes a template and waits until it is built.</summary>
    public async Task<JsonObject> BuiltAsync(string name, JsonObject spec) => await BuiltAsync("sandbox_template_create", new { name, build_spec = spec });

    public async Task<JsonObject> BuiltAsync(string tool, object arguments)
    {
        var ended = await EndedAsync(await Client.CallAsync(tool, arguments));
        Assert.True((string)ended["state"]! is "built", $"It was not built: {ended}");
        return ended;
    }

    public async Task<JsonObject> EndedAsync(JsonObject answer)
    {
        var started = TimeProvider.System.GetTimestamp();
        while ((string)answer["state"]! is "building")
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < LongestBuild, $"It was not built in time: {answer}");
            answer = await Client.CallAsync("sandbox_template_get", new { template_id = (string)answer["template_id"]!, wait_seconds = 10 });
        }
        return answer;
    }

    /// <summary>A sandbox made of the template.</summary>
    public async Task<SandboxClient> SandboxAsync(string template)
    {
        var created = await Client.CallAsync("sandbox_create", new { template_id = template });
        Assert.True((string)created["state"]! is "running", created.ToJsonString());
        return new SandboxClient(await Client.StdioAsync(SharedHost.Home), (string)created["sandbox_id"]!, created);
    }

    public async ValueTask DisposeAsync()
    {
        // The latest first: others may stand on the earlier ones.
        foreach (var name in Enumerable.Reverse(_made))
            await Client.RawAsync("sandbox_template_delete", new { template_id = name });
        await Client.DisposeAsync();
    }
}
