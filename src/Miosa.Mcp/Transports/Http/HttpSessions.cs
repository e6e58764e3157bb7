using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Transports.Http;

/// <summary>
/// The sessions of clients that begin with <c>initialize</c>.
/// </summary>
/// <remarks>
/// A session holds nothing that matters: state lives behind ids that the tools mint. So a session that was put to
/// sleep, or belonged to a host that is gone, wakes up under its id when its client comes back; some clients never
/// begin anew after a 404 and would be lost. Only a session that its client ended with DELETE, and an id that is
/// not ours or was given to another, answer 404, as the protocol asks. A session belongs to who began it: a key, in one
/// workspace, as one agent.
/// </remarks>
internal sealed partial class HttpSessions(
    SessionIds ids,
    HttpLimits limits,
    IOptions<McpServerOptions> options,
    IServiceProvider services,
    ILoggerFactory loggers,
    ILogger<HttpSessions> logger,
    TimeProvider time) : BackgroundService, IAsyncDisposable
{
    private const int EndedIdsKept = 4096;

    private static readonly TimeSpan LongestClose = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, HttpSession> _live = new(StringComparer.Ordinal);
    private readonly Queue<string> _endedOrder = new();
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<HttpSession, Task> _closing = new();

    public int Count
    {
        get
        {
            lock (_gate)
                return _live.Count;
        }
    }

    public HttpSession Create(Caller caller) => Open(ids.Create(Owner(caller)), caller);

    /// <summary>The session with this id, woken up if need be; null when it is over or was never given to this caller.</summary>
    public HttpSession? Find(string id, Caller caller)
    {
        if (!ids.IsOurs(id, Owner(caller)))
            return null;
        lock (_gate)
        {
            if (_ended.Contains(id))
                return null;
            if (_live.TryGetValue(id, out var session))
                return session;
        }

        LogWoken();
        return Open(id, caller);
    }

    /// <summary>The server of a session that is awake, for what is told without being asked; null for any other.</summary>
    public McpServer? ServerOf(string id)
    {
        lock (_gate)
            return _live.TryGetValue(id, out var session) ? session.Server : null;
    }

    /// <summary>Ends a session for good. False when there is nothing to end.</summary>
    public bool End(string id, Caller caller)
    {
        if (!ids.IsOurs(id, Owner(caller)))
            return false;

        HttpSession? session;
        lock (_gate)
        {
            if (!_ended.Add(id))
                return false;
            _endedOrder.Enqueue(id);
            if (_endedOrder.Count > EndedIdsKept)
                _ended.Remove(_endedOrder.Dequeue());
            _live.Remove(id, out session);
        }

        Close(session);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        HttpSession[] all;
        lock (_gate)
        {
            all = [.. _live.Values];
            _live.Clear();
        }

        foreach (var session in all)
            Close(session);
        try
        {
            await Task.WhenAll(_closing.Values).WaitAsync(LongestClose, time);
        }
        catch (TimeoutException)
        {
            LogLeft(_closing.Count);
        }

        Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var session in TakeIdle())
                Close(session);
        }
    }

    /// <summary>Written so that no two callers come out the same, whatever they call themselves.</summary>
    private static string Owner(Caller caller) => $"{caller.Principal}\n{caller.WorkspaceName.Length}:{caller.WorkspaceName}\n{caller.Agent}";

    private HttpSession Open(string id, Caller caller)
    {
        HttpSession session;
        HttpSession? crowdedOut;
        lock (_gate)
        {
            if (_live.TryGetValue(id, out var live))
                return live;
            crowdedOut = _live.Count < limits.Sessions ? null : TakeLongestIdle();
            var transport = new StreamableHttpServerTransport(loggers) { SessionId = id };
            session = new HttpSession(id, transport, McpServer.Create(transport, options.Value, loggers, services), time);
            _live.Add(id, session);
        }

        Close(crowdedOut);
        session.Start();
        session.EndWith(() => Drop(session), caller.Ended);
        return session;
    }

    /// <summary>Its key has ended: nobody can come back to it.</summary>
    private void Drop(HttpSession session)
    {
        lock (_gate)
        {
            if (!_live.TryGetValue(session.Id, out var live) || live != session)
                return;
            _live.Remove(session.Id);
        }

        Close(session);
    }

    private HttpSession? TakeLongestIdle()
    {
        var longest = _live.Values.MaxBy(s => s.Idle);
        if (longest is not null)
            _live.Remove(longest.Id);
        LogCrowdedOut(limits.Sessions);
        return longest;
    }

    private List<HttpSession> TakeIdle()
    {
        lock (_gate)
        {
            var idle = _live.Values.Where(s => s.Idle > limits.SessionIdle).ToList();
            foreach (var session in idle)
                _live.Remove(session.Id);
            return idle;
        }
    }

    // A call that must not stop half-way may go on for a while in a closed session; nobody waits for it here.
    private void Close(HttpSession? session)
    {
        if (session is null)
            return;
        var closing = CloseAsync(session);
        if (!closing.IsCompleted)
        {
            _closing[session] = closing;
            _ = closing.ContinueWith(_ => _closing.TryRemove(session, out Task? _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task CloseAsync(HttpSession session)
    {
        try
        {
            await session.DisposeAsync();
        }
        catch (Exception e)
        {
            LogCloseFailed(e);
        }
    }

    [LoggerMessage(LogLevel.Information, "A sleeping session was woken up by its client")]
    private partial void LogWoken();

    [LoggerMessage(LogLevel.Information, "{Limit} sessions are open: the longest idle one was put to sleep")]
    private partial void LogCrowdedOut(int limit);

    [LoggerMessage(LogLevel.Warning, "{Count} sessions were still busy when the host stopped")]
    private partial void LogLeft(int count);

    [LoggerMessage(LogLevel.Error, "A session did not close cleanly")]
    private partial void LogCloseFailed(Exception exception);
}
