using System.Net;

namespace Miosa.Mcp.Network;

/// <summary>One way out of a sandbox, from the question whether it may be to its end. It can be cut at any time.</summary>
internal sealed class Passage : IDisposable
{
    private readonly CancellationTokenSource _end;
    private readonly CancellationTokenRegistration _ended;
    private readonly TimeSpan _idle;
    private long _sent;
    private long _received;

    public Passage(ProxyTarget target, TimeSpan idle, TimeProvider time, CancellationToken ended)
    {
        Target = target;
        _idle = idle;
        _end = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _ended = ended.UnsafeRegister(static passage => ((Passage)passage!).Cut(), this);
    }

    public ProxyTarget Target { get; }

    /// <summary>What it was connected to; null until it is, and where a proxy of the machine does it.</summary>
    public IPAddress? Address { get; set; }

    /// <summary>Bytes that went out.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Bytes that came in.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Goes off when it is cut or nothing has passed for too long.</summary>
    public CancellationToken End => _end.Token;

    public void CountSent(int bytes)
    {
        Interlocked.Add(ref _sent, bytes);
        Touch();
    }

    public void CountReceived(int bytes)
    {
        Interlocked.Add(ref _received, bytes);
        Touch();
    }

    /// <summary>Begins to count the time in which nothing passes anew.</summary>
    public void Touch()
    {
        if (!_end.IsCancellationRequested)
            _end.CancelAfter(_idle);
    }

    public void Cut()
    {
        try
        {
            _end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself meanwhile.
        }
    }

    public void Dispose()
    {
        _ended.Dispose();
        _end.Dispose();
    }
}
