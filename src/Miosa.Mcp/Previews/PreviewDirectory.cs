using System.Collections.Concurrent;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Previews;

/// <summary>
/// Every living preview by its host name, in memory: a request costs no query, and a name that is guessed takes as long
/// to refuse as one that is known. The rows are the truth; only the service changes both.
/// </summary>
internal sealed class PreviewDirectory : IDisposable
{
    /// <summary>For how long somebody with what has expired or was revoked is told so, and not that there is nothing.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromDays(7);

    private readonly ConcurrentDictionary<string, LivePreview> _previews = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _slugs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, LiveGrant> _shares = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _loading = new(1);
    private readonly PreviewStore _store;
    private readonly TimeProvider _time;
    private volatile bool _isLoaded;

    public PreviewDirectory(PreviewStore store, SandboxService sandboxes, TimeProvider time)
    {
        _store = store;
        _time = time;
        sandboxes.Changed += Follow;
    }

    public int Count => _previews.Count;

    public IEnumerable<LivePreview> All => _previews.Values;

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (_isLoaded)
            return;
        await _loading.WaitAsync(cancellationToken);
        try
        {
            if (_isLoaded)
                return;
            var (slugs, previews, grants) = await _store.LoadAsync(_time.GetUtcNow() - Remembered, cancellationToken);
            foreach (var (slug, sandboxId) in slugs)
                _slugs[slug] = sandboxId;
            foreach (var row in previews)
                _previews[row.Label] = new LivePreview(row);
            var byId = _previews.Values.ToDictionary(preview => preview.Row.Id, StringComparer.Ordinal);
            foreach (var grant in grants.Select(row => new LiveGrant(row)))
            {
                if (grant.Row.SecretHash is { } hash)
                    _shares[hash] = grant;
                if (grant.Row.RevokedAt is null && byId.TryGetValue(grant.Row.PreviewId, out var preview))
                    preview.Grants[grant.Row.Id] = grant;
            }
            _isLoaded = true;
        }
        finally
        {
            _loading.Release();
        }
    }

    public LivePreview? Find(string label) => _previews.GetValueOrDefault(label);

    /// <summary>Whether a host name, whatever its port, is of a sandbox that lives.</summary>
    public bool IsOfLiving(string label) => _slugs.GetAlternateLookup<ReadOnlySpan<char>>().ContainsKey(PreviewNames.SlugOf(label));

    /// <summary>Whether a share was made for the preview of this name.</summary>
    public bool IsOf(LiveGrant share, string label) => _slugs.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(PreviewNames.SlugOf(label), out var sandboxId)
        && sandboxId == share.Row.SandboxId && label == PreviewNames.Label(share.Row.Port, PreviewNames.SlugOf(label).ToString());

    /// <summary>The share with this hash, also one that has ended.</summary>
    public LiveGrant? FindShare(string hash) => _shares.GetValueOrDefault(hash);

    /// <summary>Takes in a preview that is new or has changed.</summary>
    public LivePreview Add(PreviewRow row)
    {
        _slugs[row.Slug] = row.SandboxId;
        var present = _previews.GetValueOrDefault(row.Label);
        if (present?.Row == row)
            return present;
        // Opened to all or shut again: those inside begin anew, under what holds now.
        var preview = new LivePreview(row) { Grants = present?.Grants ?? new(StringComparer.Ordinal) };
        _previews[row.Label] = preview;
        present?.Dispose();
        return preview;
    }

    public void Add(LivePreview preview, GrantRow row)
    {
        var grant = new LiveGrant(row);
        preview.Grants[row.Id] = grant;
        if (row.SecretHash is { } hash)
            _shares[hash] = grant;
    }

    public void Remove(LivePreview preview)
    {
        if (_previews.TryRemove(preview.Row.Label, out var present))
            present.Dispose();
        foreach (var grant in preview.Grants.Values)
            Remove(preview, grant);
    }

    /// <summary>Ends a grant. A share stays known, so that who comes with it is told.</summary>
    public void Remove(LivePreview preview, LiveGrant grant)
    {
        preview.Grants.TryRemove(grant.Row.Id, out _);
        grant.Dispose();
    }

    /// <summary>Forgets shares that have ended so long ago that nobody is told of them any more.</summary>
    public void ForgetEnded()
    {
        var since = _time.GetUtcNow() - Remembered;
        foreach (var (hash, share) in _shares)
        {
            if (share.Row.ExpiresAt < since || share.Row.RevokedAt < since)
                _shares.TryRemove(hash, out _);
        }
    }

    public void Dispose() => _loading.Dispose();

    /// <summary>A destroyed sandbox takes all it showed with it.</summary>
    private void Follow(SandboxRow row)
    {
        if (row.State is not SandboxState.Destroyed)
            return;
        foreach (var (slug, sandboxId) in _slugs)
        {
            if (sandboxId == row.Id)
                _slugs.TryRemove(slug, out _);
        }
        foreach (var (hash, share) in _shares)
        {
            if (share.Row.SandboxId == row.Id)
                _shares.TryRemove(hash, out _);
        }
        foreach (var preview in _previews.Values.Where(preview => preview.Row.SandboxId == row.Id))
            Remove(preview);
    }
}
