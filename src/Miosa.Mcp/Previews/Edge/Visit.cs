using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Previews.Edge;

/// <summary>
/// One request or WebSocket at a preview: it keeps the sandbox in use, and ends when the visitor goes, his permission
/// ends, the sandbox stops, or nothing moves for too long.
/// </summary>
internal sealed class Visit : IDisposable
{
    // The most a timer takes; who stays longer has to come again.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(40);
    private readonly CancellationTokenSource _over;
    private readonly List<CancellationTokenRegistration> _registrations = new(4);
    private readonly LivePreview _preview;
    private readonly LiveGrant? _grant;
    private readonly IDisposable _use;
    private readonly TimeProvider _time;
    private TimeSpan _idle;
    private long _moved;

    public Visit(LivePreview preview, LiveGrant? grant, SandboxActivity activity, TimeSpan idle, TimeProvider time, CancellationToken aborted)
    {
        _preview = preview;
        _grant = grant;
        _time = time;
        _idle = idle;
        _use = activity.Use(preview.Row.SandboxId);
        _over = new CancellationTokenSource(Left(), time);
        _moved = time.GetTimestamp();
        EndWith(aborted);
        EndWith(preview.Ended);
        if (grant is not null)
            EndWith(grant.Ended);
    }

    public CancellationToken Over => _over.Token;

    public LivePreview Preview => _preview;

    /// <summary>Whether the permission it came by is gone.</summary>
    public bool IsNoLongerAllowed => _preview.Ended.IsCancellationRequested || _grant?.IsLive(_time.GetUtcNow()) is false;

    public bool HasExpired => _grant?.Row.ExpiresAt <= _time.GetUtcNow();

    /// <summary>Whether it was nobody's doing that it is over.</summary>
    public bool HasBeenSilent => _time.GetElapsedTime(_moved) >= _idle / 2;

    public void End() => _over.Cancel();

    public void EndWith(CancellationToken cancellationToken) =>
        _registrations.Add(cancellationToken.UnsafeRegister(static over => ((CancellationTokenSource)over!).Cancel(), _over));

    /// <summary>From here on it may be silent for as long as it likes: a WebSocket says nothing for hours.</summary>
    public void MayRest()
    {
        _idle = Longest;
        _over.CancelAfter(Left());
    }

    /// <summary>Notes that bytes have moved.</summary>
    public void Moved()
    {
        // Setting a timer costs more than moving a few bytes does.
        if (_idle == Longest || _time.GetElapsedTime(_moved) < _idle / 8)
            return;
        _moved = _time.GetTimestamp();
        _over.CancelAfter(Left());
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        // A body that nobody wants any more is not read on.
        _over.Cancel();
        _over.Dispose();
        _use.Dispose();
        _preview.Leave();
    }

    private TimeSpan Left()
    {
        var left = _grant?.Row.ExpiresAt is { } expires ? expires - _time.GetUtcNow() : Longest;
        left = left < _idle ? left : _idle;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
