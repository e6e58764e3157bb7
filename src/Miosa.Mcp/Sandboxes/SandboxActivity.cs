using System.Collections.Concurrent;

namespace Miosa.Mcp.Sandboxes;

/// <summary>When each sandbox was last used, and whether somebody uses it now. Kept in memory: a host that starts counts anew.</summary>
internal sealed class SandboxActivity(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Notes a use that is over at once.</summary>
    public void Touch(string id) => Of(id).Touch(time);

    /// <summary>Notes a use that lasts until the answer is disposed.</summary>
    public IDisposable Use(string id)
    {
        var entry = Of(id);
        entry.Begin(time);
        return new Ongoing(entry, time);
    }

    /// <summary>How long nobody has used it; zero while somebody does.</summary>
    public TimeSpan IdleFor(string id) => IsUsed(id) ? TimeSpan.Zero : QuietFor(id);

    /// <summary>How long ago a use of it began or ended, whether or not one still lasts.</summary>
    public TimeSpan QuietFor(string id) => time.GetElapsedTime(Of(id).Last);

    /// <summary>Whether somebody uses it now.</summary>
    public bool IsUsed(string id) => Of(id).IsUsed;

    /// <summary>The moment of its last use: another one means that somebody came meanwhile.</summary>
    public long LastUse(string id) => Of(id).Last;

    /// <summary>How many lasting uses of it have begun so far.</summary>
    public long UsesBegun(string id) => Of(id).Begun;

    /// <summary>Forgets a sandbox that is gone.</summary>
    public void Forget(string id) => _entries.TryRemove(id, out _);

    private Entry Of(string id) => _entries.GetOrAdd(id, static (_, clock) => new Entry(clock.GetTimestamp()), time);

    private sealed class Entry(long now)
    {
        private long _last = now;
        private long _begun;
        private int _users;

        public long Last => Volatile.Read(ref _last);

        public long Begun => Interlocked.Read(ref _begun);

        public bool IsUsed => Volatile.Read(ref _users) > 0;

        public void Touch(TimeProvider time) => Volatile.Write(ref _last, time.GetTimestamp());

        public void Begin(TimeProvider time)
        {
            Interlocked.Increment(ref _users);
            Interlocked.Increment(ref _begun);
            Touch(time);
        }

        public void End(TimeProvider time)
        {
            Touch(time);
            Interlocked.Decrement(ref _users);
        }
    }

    private sealed class Ongoing(Entry entry, TimeProvider time) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) is 0)
                entry.End(time);
        }
    }
}
