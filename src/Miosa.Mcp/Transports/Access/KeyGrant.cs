namespace Miosa.Mcp.Transports.Access;

/// <summary>A key or token in force, and the signal by which everything that was begun with it ends.</summary>
internal sealed class KeyGrant(KeyEntry entry, KeyGrant? parent) : IDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private volatile KeyEntry _entry = entry;
    private long _lastUse = entry.LastUsedAt?.UtcTicks ?? 0;

    public KeyEntry Entry => Volatile.Read(ref _lastUse) is > 0 and var ticks ? _entry with { LastUsedAt = new DateTimeOffset(ticks, TimeSpan.Zero) } : _entry;

    public KeyGrant? Parent => parent;

    /// <summary>Where the chain of those that made it begins.</summary>
    public KeyGrant Root => parent?.Root ?? this;

    /// <summary>How many made it, one after the other.</summary>
    public int Depth { get; } = parent is null ? 0 : parent.Depth + 1;

    public CancellationToken Ended => _ended.Token;

    /// <summary>Once it has ended it stays so, whatever the clock is set to afterwards.</summary>
    public bool IsLive(DateTimeOffset now) => !_ended.IsCancellationRequested && !_entry.IsOver(now) && (parent?.IsLive(now) ?? true);

    public bool ComesFrom(KeyGrant maker) => parent is not null && (parent == maker || parent.ComesFrom(maker));

    public void Use(DateTimeOffset now) => Volatile.Write(ref _lastUse, now.UtcTicks);

    public void Revoke(DateTimeOffset now)
    {
        _entry = _entry with { RevokedAt = _entry.RevokedAt ?? now };
        End();
    }

    // Not waited for: what ends with it may take its time, and the next message is refused from here on.
    public void End() => _ = _ended.CancelAsync();

    public void Dispose() => _ended.Dispose();
}
