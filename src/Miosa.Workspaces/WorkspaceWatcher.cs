namespace Miosa.Workspaces;

/// <summary>
/// Keeps a loaded workspace up to date. Whoever sees changes tells it of them; it gathers those of a moment, loads what
/// changed, and says so. It watches nothing itself: files change on a disk, in a sandbox, in a test.
/// </summary>
public sealed class WorkspaceWatcher : IDisposable
{
    /// <summary>Editors and agents write several files at once: a reload waits this long for the others.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(150);

    /// <summary>A stream of changes without a pause is not waited out longer than this, so that a reload comes within a second.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(600);

    private const int MostPaths = 1_000;
    private readonly WorkspaceLoader _loader;
    private readonly TimeProvider _time;
    private readonly Action<LoadResult, IReadOnlyCollection<string>> _changed;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);
    private long _first;
    private bool _isLoading;
    private bool _isDisposed;

    /// <param name="loader">Reads what changed.</param>
    /// <param name="loaded">The workspace as it is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="changed">Told of each new state, and of the paths that led to it. Not told when nothing of the contract changed.</param>
    public WorkspaceWatcher(WorkspaceLoader loader, LoadResult loaded, TimeProvider time, Action<LoadResult, IReadOnlyCollection<string>> changed)
    {
        _loader = loader;
        _time = time;
        _changed = changed;
        Current = loaded;
        _timer = time.CreateTimer(_ => Reload(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The workspace as it was last loaded.</summary>
    public LoadResult Current { get; private set; }

    /// <summary>A file or folder was written, made or removed. An empty path: anything may have changed.</summary>
    public void Tell(string path)
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;
            if (_paths.Count is 0)
                _first = _time.GetTimestamp();
            // So many at once are told as one.
            if (_paths.Count < MostPaths)
                _paths.Add(path);
            else
                _paths.Add("");
            var left = Longest - _time.GetElapsedTime(_first);
            _timer.Change(left < TimeSpan.Zero ? TimeSpan.Zero : left < Quiet ? left : Quiet, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (_gate)
            _isDisposed = true;
        _timer.Dispose();
    }

    private void Reload()
    {
        List<string> paths;
        LoadResult before;
        lock (_gate)
        {
            // One at a time: what is told meanwhile starts the clock again.
            if (_isDisposed || _isLoading || _paths.Count is 0)
                return;
            _isLoading = true;
            paths = [.. _paths];
            _paths.Clear();
            before = Current;
        }
        try
        {
            var now = _loader.Reload(before, paths);
            if (ReferenceEquals(now, before))
                return;
            Current = now;
            _changed(now, paths);
        }
        finally
        {
            lock (_gate)
            {
                _isLoading = false;
                if (_paths.Count > 0 && !_isDisposed)
                    _timer.Change(Quiet, Timeout.InfiniteTimeSpan);
            }
        }
    }
}
