using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Devices;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Network;

/// <summary>The rules of the network: a running sandbox has one way out, a proxy of this host on its own loopback.</summary>
internal sealed partial class NetworkService(
    SandboxService sandboxes, LocalEngine engine, NetworkStore store, EgressGate gate, Dialer dialer, Connections connections, Journal journal, IOptions<NetworkOptions> options,
    TimeProvider time, ILogger<NetworkService> logger) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, SandboxProxy> _proxies = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _blocked = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<HostPattern> _addedPackages = [.. options.Value.Packages.Select(host => HostPattern.Parse(host)!)];

    /// <summary>Where the sandbox may go.</summary>
    public async Task<NetworkPolicy> GetAsync(Caller caller, string sandboxId, CancellationToken cancellationToken) =>
        await PolicyAsync(await sandboxes.GetAsync(caller, sandboxId, cancellationToken), cancellationToken);

    /// <summary>Replaces what it may reach, also for what it has open now.</summary>
    /// <returns>The policy in force, and how many connections it ended.</returns>
    public async Task<(NetworkPolicy Policy, int Cut)> SetAsync(Caller caller, string sandboxId, NetworkPreset preset, IReadOnlyList<string> allow, CancellationToken cancellationToken)
    {
        var sandbox = await sandboxes.GetAsync(caller, sandboxId, cancellationToken);
        if (sandbox.State is SandboxState.Destroyed)
            throw SandboxFailures.Destroyed(sandbox);
        var row = new PolicyRow(preset, [.. allow.Select(Canonical).Distinct(StringComparer.Ordinal)]);
        using var held = await EnterAsync(sandboxId, cancellationToken);
        await store.SetAsync(sandboxId, row, cancellationToken);
        var policy = ToPolicy(row);
        var cut = _proxies.TryGetValue(sandboxId, out var proxy) ? proxy.Apply(policy) : 0;
        await journal.AppendAsync(
            new JournalEvent("network.changed")
            {
                Workspace = sandbox.Workspace,
                Device = sandboxId,
                Principal = caller.Principal,
                CallId = caller.CallId,
                Data = new { sandbox_id = sandboxId, preset, allow = row.Allow, connections_cut = cut },
            },
            CancellationToken.None);
        return (policy, cut);
    }

    /// <summary>Whether a program in the sandbox has taken the proxy's place.</summary>
    public bool IsBlocked(string sandboxId) => _blocked.ContainsKey(sandboxId);

    public async Task<IReadOnlyList<NetworkLogEntry>> LogAsync(
        Caller caller, string sandboxId, string? decision, string? host, string? before, int limit, CancellationToken cancellationToken)
    {
        await sandboxes.GetAsync(caller, sandboxId, cancellationToken);
        return await store.LogAsync(sandboxId, decision is null ? null : "network." + decision, host?.ToLowerInvariant(), before, limit, cancellationToken);
    }

    /// <summary>Gives one sandbox the policy of another, as a fork has it.</summary>
    public async Task CopyAsync(SandboxRow from, SandboxRow to, CancellationToken cancellationToken)
    {
        var row = await StoredAsync(from, cancellationToken);
        using var held = await EnterAsync(to.Id, cancellationToken);
        await store.SetAsync(to.Id, row, cancellationToken);
        if (_proxies.TryGetValue(to.Id, out var proxy))
            proxy.Apply(ToPolicy(row));
    }

    /// <summary>What commands in a running sandbox are told of their way out, which is open when this returns.</summary>
    public async Task<IReadOnlyDictionary<string, string>> EnvironmentAsync(SandboxRow sandbox, CancellationToken cancellationToken)
    {
        try
        {
            await EnsureAsync(sandbox, cancellationToken);
            _blocked.TryRemove(sandbox.Id, out _);
        }
        catch (Exception exception) when (exception is SocketException or EngineException)
        {
            // Some program took the port first, or the sandbox ended. Nothing leaves it by that, and all else works.
            _blocked[sandbox.Id] = true;
            LogNoProxy(exception, sandbox.Id);
        }
        var leadsOut = _proxies.TryGetValue(sandbox.Id, out var proxy) && proxy.Policy.LeadsOut;
        return ProxyEnvironment.Of(leadsOut, engine.HasCertificates(sandbox.Id));
    }

    /// <summary>The targets that were refused to a sandbox since then.</summary>
    public IReadOnlyList<string> RefusedSince(string sandboxId, long timestamp) =>
        _proxies.TryGetValue(sandboxId, out var proxy) ? [.. proxy.Log.RefusedSince(timestamp).Select(target => target.ToString())] : [];

    /// <summary>Has the proxy listen in this run of the sandbox.</summary>
    public async Task EnsureAsync(SandboxRow sandbox, CancellationToken cancellationToken)
    {
        if (engine.RunOf(sandbox.Id) is not { } run || (_proxies.TryGetValue(sandbox.Id, out var living) && living.Run == run))
            return;
        using var held = await EnterAsync(sandbox.Id, cancellationToken);
        if (_proxies.TryGetValue(sandbox.Id, out var proxy))
        {
            if (proxy.Run == run)
                return;
            _proxies.TryRemove(sandbox.Id, out _);
            await proxy.DisposeAsync();
        }
        // First: a listener that nobody serves would hold the port against the next attempt.
        var policy = await PolicyAsync(sandbox, cancellationToken);
        var listener = await engine.ListenAsync(sandbox.Id, SandboxProxy.Port);
        var log = new DecisionLog(sandbox, journal, time, logger);
        proxy = new SandboxProxy(new Asker(sandbox.Workspace, sandbox.Id), run, listener, policy, gate, dialer, log, connections, options.Value, time, logger);
        _proxies[sandbox.Id] = proxy;
        proxy.Start();
    }

    /// <summary>Lets go of a sandbox that does not run any more; of one that is gone, nothing is remembered.</summary>
    public async Task EndAsync(string sandboxId, bool isGone)
    {
        using var held = await EnterAsync(sandboxId, CancellationToken.None);
        if (_proxies.TryGetValue(sandboxId, out var proxy) && proxy.Run != engine.RunOf(sandboxId) && _proxies.TryRemove(sandboxId, out _))
            await proxy.DisposeAsync();
        if (isGone)
        {
            _blocked.TryRemove(sandboxId, out _);
            _gates.TryRemove(sandboxId, out _);
        }
        await store.ForgetDestroyedAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(_proxies.Values.Select(proxy => proxy.DisposeAsync().AsTask()));

    private async Task<NetworkPolicy> PolicyAsync(SandboxRow sandbox, CancellationToken cancellationToken) => ToPolicy(await StoredAsync(sandbox, cancellationToken));

    /// <summary>What was set for it, else what it was created with, else what this host gives to all.</summary>
    private async Task<PolicyRow> StoredAsync(SandboxRow sandbox, CancellationToken cancellationToken) =>
        await store.FindAsync(sandbox.Id, cancellationToken)
        ?? new PolicyRow(sandbox.Request.Network is { } asked ? Enum.Parse<NetworkPreset>(asked, ignoreCase: true) : options.Value.Preset, []);

    private NetworkPolicy ToPolicy(PolicyRow row) => new()
    {
        Preset = row.Preset,
        Allow = [.. row.Allow.Select(text => HostPattern.Parse(text)).OfType<HostPattern>()],
        AddedPackages = _addedPackages,
    };

    private string Canonical(string text)
    {
        var pattern = HostPattern.Parse(text) ?? throw NetworkFailures.NotAHost(text);
        return pattern.Address is { } address && gate.Problem(address) is { } problem ? throw NetworkFailures.NeverAllowed(text, problem) : pattern.ToString();
    }

    private async Task<IDisposable> EnterAsync(string sandboxId, CancellationToken cancellationToken)
    {
        var semaphore = _gates.GetOrAdd(sandboxId, _ => new SemaphoreSlim(1));
        await semaphore.WaitAsync(cancellationToken);
        return new Held(semaphore);
    }

    [LoggerMessage(LogLevel.Warning, "The network proxy of {Id} cannot listen")]
    private partial void LogNoProxy(Exception exception, string id);

    private sealed class Held(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }
}
