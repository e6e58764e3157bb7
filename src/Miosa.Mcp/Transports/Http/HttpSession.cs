using ModelContextProtocol.Server;

namespace Miosa.Mcp.Transports.Http;

/// <summary>One client's session: the SDK's server and transport, and when it was last used.</summary>
internal sealed class HttpSession(string id, StreamableHttpServerTransport transport, McpServer server, TimeProvider time) : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private Task _running = Task.CompletedTask;
    private CancellationTokenRegistration _keyEnds;
    private long _lastUse = time.GetTimestamp();
    private int _users;
    private int _listening;

    public string Id => id;

    public StreamableHttpServerTransport Transport => transport;

    public McpServer Server => server;

    /// <summary>Ends when the session does.</summary>
    public CancellationToken Ended => _ended.Token;

    public TimeSpan Idle => Volatile.Read(ref _users) > 0 ? TimeSpan.Zero : time.GetElapsedTime(Volatile.Read(ref _lastUse));

    public void Start() => _running = RunAsync();

    public void EndWith(Action end, CancellationToken key) => _keyEnds = key.Register(end);

    public Use Enter()
    {
        Interlocked.Increment(ref _users);
        return new Use(this);
    }

    /// <summary>A session has one stream for what belongs to no request. False when it has one already.</summary>
    public bool TryListen() => Interlocked.Exchange(ref _listening, 1) is 0;

    public async ValueTask DisposeAsync()
    {
        _keyEnds.Unregister();
        await _ended.CancelAsync();
        await transport.DisposeAsync();
        await _running;
        _ended.Dispose();
    }

    private async Task RunAsync()
    {
        await using (server)
        {
            try
            {
                await server.RunAsync(_ended.Token);
            }
            catch (OperationCanceledException) when (_ended.IsCancellationRequested)
            {
                // The session was closed or put to sleep.
            }
        }
    }

    /// <summary>Keeps the session from being taken for idle.</summary>
    public readonly record struct Use(HttpSession Session) : IDisposable
    {
        public void Dispose()
        {
            Volatile.Write(ref Session._lastUse, Session.Now);
            Interlocked.Decrement(ref Session._users);
        }
    }

    private long Now => time.GetTimestamp();
}
