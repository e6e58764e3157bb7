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
    public TimeSpan IdleFor(string id) => Of(id).IdleFor(time);

    /// <summary>Forgets a sandbox that is gone.</summary>
    public void Forget(string id) => _entries.TryRemove(id, out _);

    private Entry Of(string id) => _entries.GetOrAdd(id, static (_, clock) => new Entry(clock.GetTimestamp()), time);

    private sealed class Entry(long now)
    {
        private long _last = now;
        private int _users;

        public void Touch(TimeProvider time) => Volatile.Write(ref _last, time.GetTimestamp());

        public void Begin(TimeProvider time)
        {
            Interlocked.Increment(ref _users);
            Touch(time);
        }

        public void End(TimeProvider time)
        {
            Touch(time);
            Interlocked.Decrement(ref _users);
        }

        public TimeSpan IdleFor(TimeProvider time) =>
            Volatile.Read(ref _users) > 0 ? TimeSpan.Zero : time.GetElapsedTime(Volatile.Read(ref _last));
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
