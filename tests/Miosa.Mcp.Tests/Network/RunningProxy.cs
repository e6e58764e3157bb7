using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Network;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Tests.Network;

/// <summary>The proxy of a sandbox without the sandbox: it listens on this machine, with names that a test makes up.</summary>
internal sealed class RunningProxy : IAsyncDisposable
{
    private readonly McpHarness _host;
    private readonly DecisionLog _log;
    private readonly int _port;

    private RunningProxy(McpHarness host, SandboxProxy proxy, DecisionLog log, int port, SandboxRow sandbox) =>
        (_host, Proxy, _log, _port, Sandbox) = (host, proxy, log, port, sandbox);

    public SandboxProxy Proxy { get; }

    public SandboxRow Sandbox { get; }

    public FakeTime Time => _host.Time;

    /// <summary>Which names were looked up, in order.</summary>
    public List<string> LookedUp { get; } = [];

    /// <param name="resolve">What a name leads to; <see cref="Origin.Address"/> if absent.</param>
    public static async Task<RunningProxy> StartAsync(NetworkPolicy policy, Func<string, string>? resolve = null, Action<NetworkOptions>? set = null)
    {
        var host = await McpHarness.StartAsync();
        var options = new NetworkOptions { AllowPrivate = { Origin.Address.ToString() }, Upstream = NetworkOptions.Direct };
        set?.Invoke(options);
        var wrapped = Options.Create(options);
        RunningProxy? running = null;
        var gate = new EgressGate(
            new AddressRules(wrapped, new MachineNetworks(host.Time)),
            (_, name, _) =>
            {
                running!.LookedUp.Add(name);
                return Task.FromResult<IPAddress[]>([resolve is null ? Origin.Address : IPAddress.Parse(resolve(name))]);
            },
            wrapped, host.Time);
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var sandbox = SandboxRequests.ToRow(McpHarness.Somebody, new SandboxRequest(), host.Time);
        var log = new DecisionLog(sandbox, host.Journal, host.Time, NullLogger.Instance);
        var proxy = new SandboxProxy(new Asker(sandbox.Workspace, sandbox.Id), "1", listener, policy, gate, new Dialer(wrapped, host.Time), log, new Connections(), options, host.Time, NullLogger.Instance);
        running = new RunningProxy(host, proxy, log, ((IPEndPoint)listener.LocalEndPoint!).Port, sandbox);
        proxy.Start();
        return running;
    }

    public static NetworkPolicy Allowing(params IReadOnlyList<string> hosts) =>
        new() { Preset = NetworkPreset.None, Allow = [.. hosts.Select(host => HostPattern.Parse(host)!)] };

    public Task<Dialogue> ConnectAsync() => Dialogue.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _port));

    /// <summary>Says it and gives all that comes back until the other side ends.</summary>
    public async Task<string> AskAsync(string text)
    {
        await using var dialogue = await ConnectAsync();
        await dialogue.SendAsync(text);
        return await dialogue.ReadToEndAsync();
    }

    /// <summary>What the journal has of a type, without what is the same in all.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync(string type)
    {
        var events = await _host.EventsAsync(types: type);
        return [.. events.Select(entry => string.Join(' ', ((string[])["host", "port", "address", "rule", "reason", "bytes_sent", "bytes_received", "count"])
            .Where(name => entry.Data.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null).Select(name => entry.Data.GetProperty(name).ToString())))];
    }

    public Task NoteAsync(string host) => _log.NoteAsync(new NetworkEvent(NetworkEvent.Refused, host, 443, null, "it is not allowed"));

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await _host.DisposeAsync();
    }
}
