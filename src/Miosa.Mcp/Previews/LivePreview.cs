using System.Collections.Concurrent;

namespace Miosa.Mcp.Previews;

/// <summary>A preview that visitors may be at, with what opens it.</summary>
internal sealed class LivePreview : IDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private int _visits;

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

    /// <summary>Ends it for all who are inside.</summary>
    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
    }
}
