namespace Miosa.Mcp.Network;

/// <summary>
/// How many names are looked up at once, and by whom. A workspace may have a quarter of what is free, and a sandbox a
/// quarter of what its workspace still may have: those who ask for names that nobody answers leave a place to who comes
/// new, at once up to some twenty of them, and however many as soon as what they began with has ended.
/// </summary>
internal sealed class LookupPlaces
{
    /// <summary>Each is a thread that waits.</summary>
    public const int Most = 256;

    public const int MostOfSandbox = 8;
    private const int Part = 4;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _ofWorkspace = new(StringComparer.Ordinal);
    private readonly Dictionary<Asker, int> _ofSandbox = [];
    private readonly LinkedList<Waiting> _waiting = [];
    private int _taken;

    /// <summary>Waits for a place, which is the asker's until it is returned.</summary>
    public async Task TakeAsync(Asker asker, CancellationToken cancellationToken)
    {
        Waiting waiting;
        lock (_lock)
        {
            if (TryTake(asker))
                return;
            waiting = new Waiting(asker);
            _waiting.AddLast(waiting.Place);
        }
        await using var registration = cancellationToken.UnsafeRegister(static (state, cancelled) =>
        {
            var (places, waiting) = ((LookupPlaces, Waiting))state!;
            places.GiveUp(waiting, cancelled);
        }, (this, waiting));
        await waiting.Given.Task;
    }

    public void Return(Asker asker)
    {
        List<Waiting> given = [];
        lock (_lock)
        {
            _taken--;
            Less(_ofWorkspace, asker.Workspace);
            Less(_ofSandbox, asker);
            // A place that is free may let several in, or none: each in the order they came, as far as their share goes.
            for (var next = _waiting.First; next is not null;)
            {
                var waiting = next.Value;
                next = next.Next;
                if (!TryTake(waiting.Asker))
                    continue;
                _waiting.Remove(waiting.Place);
                given.Add(waiting);
            }
        }
        given.ForEach(static waiting => waiting.Given.SetResult());
    }

    private bool TryTake(Asker asker)
    {
        var ofWorkspace = _ofWorkspace.GetValueOrDefault(asker.Workspace);
        var ofSandbox = _ofSandbox.GetValueOrDefault(asker);
        var left = PartOf(Most - _taken) - ofWorkspace;
        if (ofSandbox >= PartOf(left) || ofSandbox >= MostOfSandbox)
            return false;
        _taken++;
        _ofWorkspace[asker.Workspace] = ofWorkspace + 1;
        _ofSandbox[asker] = ofSandbox + 1;
        return true;
    }

    private static int PartOf(int places) => (places + Part - 1) / Part;

    private void GiveUp(Waiting waiting, CancellationToken cancelled)
    {
        lock (_lock)
        {
            // It may have been given its place a moment ago; then it has it.
            if (waiting.Place.List is null)
                return;
            _waiting.Remove(waiting.Place);
        }
        waiting.Given.SetCanceled(cancelled);
    }

    private static void Less<TKey>(Dictionary<TKey, int> counts, TKey key)
        where TKey : notnull
    {
        if (--counts[key] is 0)
            counts.Remove(key);
    }

    private sealed class Waiting
    {
        public Waiting(Asker asker)
        {
            Asker = asker;
            Place = new LinkedListNode<Waiting>(this);
        }

        public Asker Asker { get; }

        public LinkedListNode<Waiting> Place { get; }

        public TaskCompletionSource Given { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
