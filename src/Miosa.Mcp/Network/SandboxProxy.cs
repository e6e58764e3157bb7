using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Miosa.Mcp.Network;

/// <summary>The way out of one sandbox: listens on its loopback and serves each connection by the policy of the moment.</summary>
/// <param name="run">Which run of the sandbox it belongs to.</param>
internal sealed partial class SandboxProxy(
    Asker asker, string run, Socket listener, NetworkPolicy policy, EgressGate gate, Dialer dialer, DecisionLog log, Connections connections, NetworkOptions options,
    TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>Where programs in a sandbox find it.</summary>
    public const int Port = 3128;

    private static readonly TimeSpan WhenFlooded = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(200);
    private readonly ConcurrentDictionary<Passage, bool> _passages = new();
    private readonly SemaphoreSlim _places = new(options.MostConnections);
    private readonly CancellationTokenSource _ended = new();
    private volatile NetworkPolicy _policy = policy;
    private Task _serving = Task.CompletedTask;
    private int _open;
    private int _disposed;

    public string Run => run;

    public NetworkPolicy Policy => _policy;

    public DecisionLog Log => log;

    public Dialer Dialer => dialer;

    public NetworkOptions Options => options;

    public TimeProvider Time => time;

    public void Start() => _serving = ServeAsync(_ended.Token);

    /// <summary>Puts another policy in force, and cuts what it does not allow any more.</summary>
    /// <returns>How many were cut.</returns>
    public int Apply(NetworkPolicy next)
    {
        _policy = next;
        var cut = 0;
        foreach (var passage in _passages.Keys.Where(passage => next.RuleFor(passage.Target) is null))
        {
            passage.Cut();
            cut++;
        }
        return cut;
    }

    /// <summary>A way to the target that is watched from now on, before anything is decided: a policy that changes meanwhile finds it.</summary>
    public Passage Begin(ProxyTarget target)
    {
        var passage = new Passage(target, options.IdleTimeout, time, _ended.Token);
        _passages[passage] = true;
        return passage;
    }

    /// <summary>Decides, and has the decision in the journal before it takes effect.</summary>
    public async Task<Verdict> DecideAsync(Passage passage)
    {
        var target = passage.Target;
        var verdict = await gate.DecideAsync(asker, _policy, target, passage.End);
        // The policy may have changed while the name was looked up.
        if (verdict is Verdict.Direct or Verdict.Upstream && _policy.RuleFor(target) is null)
            verdict = new Verdict.Refused("it is not on the sandbox's list of what it may reach any more", CanBeAsked: true);
        if (verdict is Verdict.Refused)
            log.Remember(target);
        await log.NoteAsync(verdict switch
        {
            Verdict.Direct direct => new NetworkEvent(NetworkEvent.Allowed, target.Host, target.Port, direct.Addresses[0], direct.Rule),
            Verdict.Upstream upstream => new NetworkEvent(NetworkEvent.Allowed, target.Host, target.Port, target.Address, $"{upstream.Rule} (this machine's proxy finds the address)"),
            Verdict.Refused refused => new NetworkEvent(NetworkEvent.Refused, target.Host, target.Port, refused.Address, refused.Reason),
            Verdict.Unreachable unreachable => new NetworkEvent(NetworkEvent.Failed, target.Host, target.Port, null, unreachable.Reason),
            _ => throw new InvalidOperationException($"There is no verdict {verdict}."),
        });
        return verdict;
    }

    /// <summary>Has a program that asks faster than any needs to wait for its refusal: it costs the host as much as it costs the sandbox.</summary>
    public Task SlowDownAsync(CancellationToken cancellationToken) => log.IsFlooded ? Task.Delay(WhenFlooded, time, cancellationToken) : Task.CompletedTask;

    /// <summary>Notes what went over it, if anything could, and forgets it.</summary>
    public async Task EndAsync(Passage passage, bool wasOpen)
    {
        _passages.TryRemove(passage, out _);
        using var forgotten = passage;
        if (wasOpen)
            await log.NoteAsync(new NetworkEvent(NetworkEvent.Closed, passage.Target.Host, passage.Target.Port, passage.Address, null), passage.Sent, passage.Received);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) is 1)
            return;
        await _ended.CancelAsync();
        await _serving;
        listener.Dispose();
        // Once all places are free, nobody notes anything any more.
        for (var i = 0; i < options.MostConnections; i++)
            await _places.WaitAsync();
        await log.DisposeAsync();
        _places.Dispose();
        _ended.Dispose();
    }

    private async Task ServeAsync(CancellationToken ended)
    {
        try
        {
            while (true)
            {
                if (await AcceptAsync(ended) is { } socket)
                    _ = ServeAsync(socket, ended);
                else
                    await Task.Delay(AfterFailure, time, ended);
            }
        }
        catch (OperationCanceledException)
        {
            // The sandbox or the host ends.
        }
    }

    /// <summary>The next connection, with a place taken for it; null where one could not be accepted.</summary>
    private async Task<Socket?> AcceptAsync(CancellationToken ended)
    {
        await _places.WaitAsync(ended);
        try
        {
            return await listener.AcceptAsync(ended);
        }
        catch (SocketException exception)
        {
            _places.Release();
            LogNotAccepted(exception, asker.SandboxId);
            return null;
        }
        catch
        {
            _places.Release();
            throw;
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken ended)
    {
        await Task.Yield();
        var taken = connections.TryTake(Interlocked.Increment(ref _open));
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            var connection = new ClientConnection(stream, this);
            if (taken)
                await connection.ServeAsync(ended);
            else
                await connection.TurnAwayAsync(ended);
        }
        catch (Exception exception)
        {
            LogFailed(exception, asker.SandboxId);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
            if (taken)
                connections.Return();
            _places.Release();
        }
    }

    [LoggerMessage(LogLevel.Warning, "A connection to the network proxy of {Id} was not accepted")]
    private partial void LogNotAccepted(Exception exception, string id);

    [LoggerMessage(LogLevel.Error, "Serving a connection to the network proxy of {Id} failed")]
    private partial void LogFailed(Exception exception, string id);
}
