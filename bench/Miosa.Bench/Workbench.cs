using System.Text.Json;
using Miosa.Devices;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Miosa.Bench;

/// <summary>What the sections share: a home, at most one host on it, and a client of that host.</summary>
internal sealed class Workbench(BenchHome home, Report report, bool quick, CancellationToken cancellationToken) : IAsyncDisposable
{
    private static readonly TimeSpan LongestBuild = TimeSpan.FromMinutes(15);
    private bool _isPrepared;
    private Host? _host;
    private McpClient? _http;

    public BenchHome Home { get; } = home;

    public Report Report { get; } = report;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    public EngineOptions Engine => Home.Engine;

    /// <summary>How many samples to take: fewer of those that are slow, and of all of them when it must be quick.</summary>
    public int Count(int usual) => quick ? Math.Max(5, usual / 5) : usual;

    /// <summary>Ends what an earlier run left, and has the template.</summary>
    public async Task PrepareAsync()
    {
        _isPrepared = true;
        await DestroyAllAsync();
        Report.Note("Preparing; the first run on a machine builds the template, which takes minutes.");
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var sandbox = await Sandbox.CreateAsync(await HttpAsync(), CancellationToken);
            if (sandbox.State is "running")
                break;
            if (sandbox.State is not "provisioning" || TimeProvider.System.GetElapsedTime(started) > LongestBuild)
                throw new InvalidOperationException($"A sandbox is {sandbox.State}: {sandbox.Reason}");
            await DestroyAllAsync();
        }
        await DestroyAllAsync();
        await StopHostAsync();
    }

    public async Task<Host> HostAsync() => _host ??= await Host.StartAsync(Home.Path, CancellationToken);

    public async Task<McpClient> HttpAsync() => _http ??= await (await HostAsync()).HttpAsync(CancellationToken);

    public Task<McpClient> StdioAsync() => Host.StdioAsync(Home.Path, CancellationToken);

    public Task<JsonElement> CallAsync(McpClient client, string tool, object arguments) => CallAsync(client, tool, arguments, CancellationToken);

    /// <summary>A call that must work; anything else is no measurement.</summary>
    public static async Task<JsonElement> CallAsync(McpClient client, string tool, object arguments, CancellationToken cancellationToken)
    {
        var given = JsonSerializer.SerializeToElement(arguments).EnumerateObject().ToDictionary(argument => argument.Name, argument => (object?)argument.Value, StringComparer.Ordinal);
        var result = await client.CallToolAsync(tool, given, cancellationToken: cancellationToken);
        var text = string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text));
        return result.IsError is true || result.StructuredContent is not { } structured ? throw new InvalidOperationException($"{tool}: {text}") : structured;
    }

    public async Task StopHostAsync()
    {
        if (_http is not null)
            await _http.DisposeAsync();
        _http = null;
        if (_host is not null)
            await _host.DisposeAsync();
        _host = null;
    }

    public async ValueTask DisposeAsync()
    {
        // Also after Ctrl-C: the token is spent then, and sandboxes would outlive us.
        if (_isPrepared)
            await DestroyAllAsync();
        await StopHostAsync();
        await Home.ClearAsync();
    }

    private async Task DestroyAllAsync()
    {
        _host ??= await Host.StartAsync(Home.Path, CancellationToken.None);
        _http ??= await _host.HttpAsync(CancellationToken.None);
        while (true)
        {
            var page = await CallAsync(_http, "sandbox_list", new { limit = 50 }, CancellationToken.None);
            var ids = page.GetProperty("sandboxes").EnumerateArray()
                .Where(sandbox => sandbox.GetProperty("state").GetString() is not "destroyed").Select(sandbox => sandbox.GetProperty("id").GetString()!).ToList();
            if (ids.Count is 0)
                return;
            foreach (var id in ids)
                await CallAsync(_http, "sandbox_destroy", new { sandbox_id = id }, CancellationToken.None);
        }
    }
}
