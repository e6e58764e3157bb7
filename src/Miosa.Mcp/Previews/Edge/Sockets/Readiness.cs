using System.Threading.Tasks.Sources;

namespace Miosa.Mcp.Previews.Edge.Sockets;

/// <summary>
/// One direction of a socket: whether it may be tried again, and who waits for that. There is one waiter at most; it goes
/// on on the thread that brings the news.
/// </summary>
internal sealed class Readiness : IValueTaskSource
{
    private const int Idle = 0;
    private const int Ready = 1;
    private const int Waiting = 2;
    private ManualResetValueTaskSourceCore<bool> _core;
    private int _state;

    /// <summary>Returns when something has happened since the last time.</summary>
    public ValueTask WaitAsync()
    {
        _core.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) is Idle)
            return new ValueTask(this, _core.Version);
        Volatile.Write(ref _state, Idle);
        return ValueTask.CompletedTask;
    }

    /// <summary>Tells that something happened.</summary>
    public void Set()
    {
        while (true)
        {
            if (Interlocked.CompareExchange(ref _state, Idle, Waiting) is Waiting)
            {
                _core.SetResult(true);
                return;
            }
            if (Interlocked.CompareExchange(ref _state, Ready, Idle) is Idle or Ready)
                return;
        }
    }

    /// <summary>Ends the wait, if there is one, without anything having happened.</summary>
    public void Cancel(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Waiting) is Waiting)
            _core.SetException(new OperationCanceledException(cancellationToken));
    }

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
