using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Files;

/// <summary>
/// Links to single files. Each holds a secret of 256 bits that stands for exactly one caller, sandbox, path and
/// direction; an upload works once. They live in memory: a restart of the host ends them all.
/// </summary>
internal sealed class FileLinks(SandboxService sandboxes, HostState host, TimeProvider time)
{
    private const int Most = 10_000;
    private readonly ConcurrentDictionary<string, Granted> _links = new(StringComparer.Ordinal);

    public async Task<FileLink> CreateAsync(Caller caller, string sandboxId, string path, string user, FileLinkKind kind, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var sandbox = await sandboxes.GetAsync(caller, sandboxId, cancellationToken);
        if (sandbox.State is SandboxState.Destroyed)
            throw SandboxFailures.Destroyed(sandbox);
        var origin = host.Identity.Http ?? throw new ToolFailureException(
            ToolErrorCode.NotSupported, "This host does not listen for HTTP, so there are no links.", "Start it with HTTP (`miosa serve` without `--http none`), or use sandbox_write_file and sandbox_read_file.");
        RemoveExpired();
        if (_links.Count >= Most)
            throw new ToolFailureException(ToolErrorCode.LimitExceeded, $"There are already {Most} links.", "Use those there are, or wait until some expire.", retryable: true);

        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var expires = time.GetUtcNow() + lifetime;
        _links[Key(secret)] = new Granted(caller, sandboxId, path, user, kind, expires);
        var url = new Uri(new Uri(origin), $"/v1/files/{secret}");
        return new FileLink
        {
            Url = url,
            Method = kind is FileLinkKind.Upload ? "PUT" : "GET",
            Path = path,
            ExpiresAt = expires,
            Example = kind is FileLinkKind.Upload ? $"curl --upload-file FILE {url}" : $"curl --output FILE {url}",
        };
    }

    /// <summary>What the secret stands for; null for one that is unknown, used up, expired, for the other way, or whose maker's key has ended.</summary>
    public Granted? Take(string secret, FileLinkKind kind)
    {
        var key = Key(secret);
        if (!_links.TryGetValue(key, out var granted) || granted.Kind != kind || granted.ExpiresAt <= time.GetUtcNow() || granted.Caller.Ended.IsCancellationRequested)
            return null;
        return kind is FileLinkKind.Download || _links.TryRemove(KeyValuePair.Create(key, granted)) ? granted : null;
    }

    /// <summary>Gives an upload back that did not come to its end.</summary>
    public void Restore(string secret, Granted granted) => _links.TryAdd(Key(secret), granted);

    private void RemoveExpired()
    {
        foreach (var (key, granted) in _links)
        {
            if (granted.ExpiresAt <= time.GetUtcNow() || granted.Caller.Ended.IsCancellationRequested)
                _links.TryRemove(key, out _);
        }
    }

    /// <summary>Looked up by its hash, so that how long a look-up takes tells nothing of a secret.</summary>
    private static string Key(string secret) => Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(secret)));

    /// <summary>What one link allows.</summary>
    internal sealed record Granted(Caller Caller, string SandboxId, string Path, string User, FileLinkKind Kind, DateTimeOffset ExpiresAt);
}
