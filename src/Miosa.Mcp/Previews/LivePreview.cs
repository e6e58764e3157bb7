using System.Collections.Concurrent;

namespace Miosa.Mcp.Previews;

/// <summary>A preview that visitors may be at, with what opens it.</summary>
internal sealed class LivePreview : IDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private int _visits;
    private int _disposed;

    public LivePreview(PreviewRow row)
    {
        Row = row;
        Ended = _ended.Token;
    }

    public PreviewRow Row { get; }

    public ConcurrentDictionary<string, LiveGrant> Grants { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Cancelled when it is revoked, shut to those without a token, or its sandbox destroyed.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Counts a request; false where there are too many.</summary>
    public bool TryEnter(int most)
    {
        if (Interlocked.Increment(ref _visits) <= most)
            return true;
        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _visits);

    /// <summary>Ends it for all who are inside. Two may do so at once: one who revokes it, and one who destroys the sandbox.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) is 1)
            return;
        _ended.Cancel();
        _ended.Dispose();
    }
}
