namespace Miosa.Mcp.Snapshots;

/// <summary>Who works with which snapshot in this host: many may read one, but only one may take or delete it.</summary>
internal sealed class SnapshotUses
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _readers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _held = new(StringComparer.Ordinal);

    /// <summary>Null while it is taken or deleted.</summary>
    public IDisposable? TryRead(string id)
    {
        lock (_lock)
        {
            if (_held.Contains(id))
                return null;
            _readers[id] = _readers.GetValueOrDefault(id) + 1;
            return new Ending(() => EndReading(id));
        }
    }

    /// <summary>Null while anybody else works with it.</summary>
    public IDisposable? TryHold(string id)
    {
        lock (_lock)
            return !_readers.ContainsKey(id) && _held.Add(id) ? new Ending(() => EndHolding(id)) : null;
    }

    private void EndReading(string id)
    {
        lock (_lock)
        {
            if (--_readers[id] is 0)
                _readers.Remove(id);
        }
    }

    private void EndHolding(string id)
    {
        lock (_lock)
            _held.Remove(id);
    }

    private sealed class Ending(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
