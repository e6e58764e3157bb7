using System.Collections.Concurrent;
using System.Net.Sockets;
using Miosa.Devices;
using Miosa.Mcp.Previews.Edge.Sockets;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Previews.Edge;

/// <summary>The ways into sandboxes that visitors use now: one for each port, dropped when the sandbox stops.</summary>
internal sealed class Upstreams : IDisposable
{
    private const int Most = 512;
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LastLook = TimeSpan.FromMilliseconds(40);
    private readonly ConcurrentDictionary<(string SandboxId, int Port), Upstream> _upstreams = new();
    private readonly ConcurrentDictionary<(string SandboxId, int Port), SemaphoreSlim> _looking = new();
    private readonly LocalEngine _engine;
    private readonly SocketLoops _loops;
    private readonly TimeProvider _time;

    public Upstreams(LocalEngine engine, SocketLoops loops, SandboxService sandboxes, TimeProvider time)
    {
        _engine = engine;
        _loops = loops;
        _time = time;
        sandboxes.Changed += Follow;
    }

    public Upstream Get(string sandboxId, int port)
    {
        var upstream = _upstreams.GetOrAdd((sandboxId, port), static (key, all) => new Upstream(all._engine, all._loops, key.SandboxId, key.Port), this);
        upstream.LastUsed = _time.GetTimestamp();
        if (_upstreams.Count > Most)
            DropOldest();
        return upstream;
    }

    /// <summary>Looks until something listens on the port, for as long as <paramref name="wait"/>.</summary>
    public async Task<bool> ListensAsync(string sandboxId, int port, TimeSpan wait, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        // One looks for all that wait; as soon as it has found something, so do they.
        var turn = _looking.GetOrAdd((sandboxId, port), static _ => new SemaphoreSlim(1));
        if (!await turn.WaitAsync(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, cancellationToken))
            return await ConnectsAsync(sandboxId, port, cancellationToken);
        try
        {
            for (var pause = FirstLook; ; pause = pause * 2 < LastLook ? pause * 2 : LastLook)
            {
                if (await ConnectsAsync(sandboxId, port, cancellationToken))
                    return true;
                if (_time.GetElapsedTime(started) + pause > wait)
                    return false;
                await Task.Delay(pause, _time, cancellationToken);
            }
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose()
    {
        foreach (var upstream in _upstreams.Values)
            upstream.Dispose();
    }

    private async Task<bool> ConnectsAsync(string sandboxId, int port, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await _engine.ConnectAsync(sandboxId, port, cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is SocketException or EngineException or IOException)
        {
            return false;
        }
    }

    private void Follow(SandboxRow row)
    {
        if (row.State is SandboxState.Destroyed)
        {
            foreach (var key in _looking.Keys.Where(key => key.SandboxId == row.Id))
                _looking.TryRemove(key, out _);
        }
        if (row.State is SandboxState.Running)
            return;
        foreach (var (key, upstream) in _upstreams)
        {
            if (key.SandboxId == row.Id && _upstreams.TryRemove(key, out _))
                upstream.Dispose();
        }
    }

    private void DropOldest()
    {
        var (key, upstream) = _upstreams.MinBy(pair => pair.Value.LastUsed);
        if (_upstreams.TryRemove(KeyValuePair.Create(key, upstream)))
            upstream.Retire();
    }
}
