using Miosa.Mcp.Workspaces.Folders;

namespace Miosa.Mcp.Workspaces;

/// <summary>One workspace with a folder: what is known of its contract, and what is known to have changed since.</summary>
internal sealed class ContractSlot(WorkspaceRow row, FolderMirror mirror)
{
    /// <summary>More changed files than this are not told apart: all are looked at.</summary>
    private const int MostSuspects = 1_000;

    private readonly Lock _lock = new();

    /// <summary>Null where it may be any file.</summary>
    private HashSet<string>? _suspects = new(StringComparer.Ordinal);
    private bool _isStale;

    public WorkspaceRow Row { get; } = row;

    public FolderMirror Mirror { get; } = mirror;

    /// <summary>One reader of the folder at a time.</summary>
    public SemaphoreSlim Gate { get; } = new(1);

    /// <summary>What was read last; null where nothing was, or there is no contract.</summary>
    public WorkspaceContract? Contract { get; set; }

    /// <summary>Whether it was read in this host's life, be it from the mirror.</summary>
    public bool IsRead { get; set; }

    /// <summary>Of a folder of this machine; null where there is none now.</summary>
    public DirectoryWatch? Watch { get; set; }

    /// <summary>Notes that files changed; null where it is not known which.</summary>
    /// <returns>Whether somebody has to look, because nobody else is about to.</returns>
    public bool Touch(IReadOnlyList<string>? paths)
    {
        lock (_lock)
        {
            Suspect(paths);
            if (_isStale)
                return false;
            return _isStale = true;
        }
    }

    /// <summary>What is known to have changed, from now on counted anew; null where it may be any file.</summary>
    public IReadOnlySet<string>? TakeSuspects()
    {
        lock (_lock)
        {
            _isStale = false;
            var taken = _suspects;
            _suspects = new HashSet<string>(StringComparer.Ordinal);
            return taken;
        }
    }

    /// <summary>They were taken, and could not be looked at.</summary>
    public void PutBack(IReadOnlySet<string>? taken)
    {
        lock (_lock)
            Suspect(taken);
    }

    private void Suspect(IReadOnlyCollection<string>? paths)
    {
        if (paths is null || _suspects is null || _suspects.Count + paths.Count > MostSuspects)
            _suspects = null;
        else
            _suspects.UnionWith(paths);
    }
}
