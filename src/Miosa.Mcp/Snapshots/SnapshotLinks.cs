using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Snapshots;

/// <summary>
/// Links to snapshots. Each holds a secret of 256 bits, stands for one snapshot and one direction, and works once. They
/// live in memory: a restart of the host ends them all.
/// </summary>
internal sealed class SnapshotLinks(SnapshotService snapshots, SnapshotTransfers transfers, HostState host, TimeProvider time)
{
    /// <summary>Below the path for which the secret in it is the permission.</summary>
    public const string Path = "/v1/files/snapshots";

    private const int Most = 1_000;
    private readonly ConcurrentDictionary<string, Granted> _links = new(StringComparer.Ordinal);

    public async Task<SnapshotLink> ExportAsync(Caller caller, string snapshotId, TimeSpan lifetime, CancellationToken cancellationToken) =>
        Create(caller, SnapshotLinkKind.Export, await snapshots.GetReadyAsync(caller, snapshotId, cancellationToken), lifetime);

    public SnapshotLink Import(Caller caller, string? name, string? comment, string size, TimeSpan lifetime) =>
        Create(caller, SnapshotLinkKind.Import, transfers.NewImport(caller, name, comment, size), lifetime);

    /// <summary>What the secret stands for; null for one that is unknown, used up, expired, for the other way, or whose maker's key has ended.</summary>
    public SnapshotRow? Take(string secret, SnapshotLinkKind kind)
    {
        var key = Key(secret);
        return _links.TryGetValue(key, out var granted) && granted.Kind == kind && granted.ExpiresAt > time.GetUtcNow() && !granted.Caller.Ended.IsCancellationRequested && _links.TryRemove(KeyValuePair.Create(key, granted))
            ? granted.Snapshot
            : null;
    }

    private SnapshotLink Create(Caller caller, SnapshotLinkKind kind, SnapshotRow snapshot, TimeSpan lifetime)
    {
        var origin = host.Identity.Http ?? throw new ToolFailureException(
            ToolErrorCode.NotSupported, "This host does not listen for HTTP, so there are no links.", "Start it with HTTP (`miosa serve` without `--http none`).");
        RemoveExpired();
        if (_links.Count >= Most)
            throw new ToolFailureException(ToolErrorCode.LimitExceeded, $"There are already {Most} links.", "Use those there are, or wait until some expire.", retryable: true);

        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var expires = time.GetUtcNow() + lifetime;
        _links[Key(secret)] = new Granted(caller, kind, snapshot, expires);
        var url = new Uri(new Uri(origin), $"{Path}/{secret}");
        var isExport = kind is SnapshotLinkKind.Export;
        return new SnapshotLink
        {
            SnapshotId = snapshot.Id,
            Url = url,
            Method = isExport ? "GET" : "PUT",
            ExpiresAt = expires,
            Example = isExport ? $"curl --fail --output FILE {url}" : $"curl --fail --upload-file FILE {url}",
            NextStep = isExport ? "Get it by the link, which works once." : "Send the file to the link, which works once; then sandbox_fork makes sandboxes of this snapshot_id.",
        };
    }

    private void RemoveExpired()
    {
        foreach (var (key, granted) in _links)
        {
            if (granted.ExpiresAt <= time.GetUtcNow() || granted.Caller.Ended.IsCancellationRequested)
                _links.TryRemove(key, out _);
        }
    }

    /// <summary>Looked up by its hash, so that how long a look-up takes tells nothing of a secret.</summary>
    private static string Key(string secret) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>What one link allows.</summary>
    private sealed record Granted(Caller Caller, SnapshotLinkKind Kind, SnapshotRow Snapshot, DateTimeOffset ExpiresAt);
}
