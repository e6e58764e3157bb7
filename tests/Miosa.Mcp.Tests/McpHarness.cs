using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Tests;

/// <summary>A host without machines: the real server, pipeline and database, and real clients, in one process.</summary>
internal sealed class McpHarness : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly TemporaryDirectory? _directory;
    private readonly List<TestClient> _clients = [];

    private McpHarness(IHost host, string home, TemporaryDirectory? directory, FakeTime time, TestWorld world, LogRecorder log)
    {
        _host = host;
        _directory = directory;
        Home = home;
        Time = time;
        World = world;
        Log = log;
    }

    public static Caller Somebody { get; } = new() { Principal = "local:1000", Transport = Caller.Stdio, Kind = CallerKind.Local, Scopes = [Scopes.All] };

    public string Home { get; }

    public FakeTime Time { get; }

    public TestWorld World { get; }

    public LogRecorder Log { get; }

    public IServiceProvider Services => _host.Services;

    public Journal Journal => Services.GetRequiredService<Journal>();

    public Database Database => Services.GetRequiredService<Database>();

    /// <summary>The client of those tests that need only one.</summary>
    public TestClient Client => _clients[0];

    public static async Task<McpHarness> StartAsync(Action<IMcpServerBuilder>? add = null)
    {
        var directory = new TemporaryDirectory();
        try
        {
            return await StartAsync(directory.Path, directory, new FakeTime(), new TestWorld(), add);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>A host that finds the database as this one left it, or leaves it at this moment: from there it looks as if this one had died.</summary>
    public Task<McpHarness> NextHostAsync() => StartAsync(Home, directory: null, Time, World, add: null);

    /// <param name="caller">Who it is; somebody with all rights if absent.</param>
    /// <param name="version">The revision it speaks; the newest if absent.</param>
    public async Task<TestClient> ConnectAsync(Caller? caller = null, string? version = null)
    {
        var client = await TestClient.ConnectAsync(Services, caller ?? Somebody, version);
        _clients.Add(client);
        return client;
    }

    public async Task<IReadOnlyList<StoredEvent>> EventsAsync(string workspace = Caller.DefaultWorkspace, params IReadOnlyList<string> types) =>
        await Journal.ReadAsync(new EventQuery { Workspace = workspace, Types = types, Limit = 1000 }, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            await client.DisposeAsync();
        World.Gate.TrySetResult();
        await _host.StopAsync();
        _host.Dispose();
        _directory?.Dispose();
    }

    private static async Task<McpHarness> StartAsync(string home, TemporaryDirectory? directory, FakeTime time, TestWorld world, Action<IMcpServerBuilder>? add)
    {
        var log = new LogRecorder();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = home });
        builder.Logging.AddProvider(log);
        builder.Services.AddSingleton<TimeProvider>(time).AddSingleton(new MiosaHome(home)).AddSingleton(world);
        var mcp = builder.Services.AddMcpServer(Server.Introduce).AddStorage().AddCalls().AddEvents().AddTools<TestTools>();
        add?.Invoke(mcp);
        var host = builder.Build();
        var harness = new McpHarness(host, home, directory, time, world, log);
        try
        {
            await host.StartAsync();
            await harness.ConnectAsync();
            return harness;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }
}
