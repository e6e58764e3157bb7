namespace Miosa.Mcp.Previews;

/// <summary>A grant, and a signal to those who are inside by it.</summary>
internal sealed class LiveGrant : IDisposable
{
    private readonly CancellationTokenSource _ended;
    private int _disposed;

    public LiveGrant(GrantRow row)
    {
        Row = row;
        _ended = new CancellationTokenSource();
        Ended = _ended.Token;
    }

    public GrantRow Row { get; }

    /// <summary>Cancelled when it is revoked; that its time is up is for each visitor to see.</summary>
    public CancellationToken Ended { get; }

    public bool IsLive(DateTimeOffset now) => !Ended.IsCancellationRequested && Row.IsLive(now);

    /// <summary>Ends it for all who are inside by it. Two may do so at once: one who revokes it, and one who destroys the sandbox.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) is 1)
            return;
        _ended.Cancel();
        _ended.Dispose();
    }
}
