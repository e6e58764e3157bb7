using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Transports.Access;

/// <summary>
/// The keys and tokens that open the HTTP side. A text is shown once, when it is made; only its hash is kept.
/// </summary>
/// <remarks>
/// They are in memory, and in one small file that is replaced whole: the door must work before, and without, everything
/// else. The file has one writer: the host, or a command that holds the home's lock.
/// </remarks>
internal sealed partial class AccessKeys(MiosaHome home, TimeProvider time, ILogger<AccessKeys>? log = null) : IAsyncDisposable
{
    /// <summary>Says to a reader, and to a scanner for leaked secrets, what this text is.</summary>
    public const string Prefix = "msk_u_";

    public const int MostKeys = 1_000;
    public const int MostTokens = 5_000;

    /// <summary>That come from one key, by however many hands, so that one does not use up everybody's.</summary>
    public const int MostTokensOfOne = 1_000;

    /// <summary>Of those that ended, the newest: who makes and revokes in a circle fills nothing.</summary>
    public const int MostEndedTokens = 500;

    private const int SecretBytes = 32;

    private static readonly TimeSpan KeepEndedKeys = TimeSpan.FromDays(30);
    private static readonly TimeSpan KeepEndedTokens = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan UsesAreKept = TimeSpan.FromMinutes(1);

    private readonly ILogger<AccessKeys> _logger = log ?? NullLogger<AccessKeys>.Instance;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _life = new();
    private volatile KeyRing? _ring;
    private ITimer? _watch;
    private long _usesKept = time.GetTimestamp();
    private int _keepingUses;
    private volatile bool _hasNewUses;
    private bool _disposed;

    public bool Any => Ring.Grants.Any(grant => grant.IsLive(time.GetUtcNow()));

    private KeyRing Ring => _ring ?? Load();

    /// <summary>Whether this text opens anything. Takes as long for a near miss as for a far one.</summary>
    public Admission Admit(string text)
    {
        // No key of ours is longer; hashing megabytes for a stranger is not our job.
        if (text.Length > 128 || Ring.FindText(text) is not { } grant)
            return new Admission.Refused("This key opens nothing here.");
        var now = time.GetUtcNow();
        if (!grant.IsLive(now))
            return new Admission.Refused(grant.Entry.RevokedAt is null ? "This key has expired." : "This key was revoked.");
        grant.Use(now);
        _hasNewUses = true;
        if (time.GetElapsedTime(Volatile.Read(ref _usesKept)) >= UsesAreKept && Interlocked.Exchange(ref _keepingUses, 1) is 0)
            _ = KeepUsesAsync();
        return new Admission.Admitted(grant);
    }

    /// <summary>The key or token in force with this id.</summary>
    public KeyGrant? Find(string? id) => id is not null && Ring.Find(id) is { } grant && grant.IsLive(time.GetUtcNow()) ? grant : null;

    /// <summary>All that are kept, those that ended too, the oldest first.</summary>
    public IReadOnlyList<KeyGrant> List() => Ring.Grants;

    public Task<NewKey> CreateAsync(KeyRequest request, CancellationToken cancellationToken) => AddAsync(
        (ring, now) =>
        {
            var living = ring.Grants.Where(grant => grant.Entry.Kind is not CallerKind.Delegated && grant.IsLive(now)).ToList();
            var entry = KeyRules.Key(request, now);
            if (living.Count >= MostKeys)
                throw new ToolFailureException(ToolErrorCode.LimitExceeded, $"There are already {MostKeys} keys.", "Revoke some that nobody uses: `miosa keys list` shows when each was last used.");
            return living.Any(grant => grant.Entry.Name == entry.Name)
                ? throw new ToolFailureException(ToolErrorCode.Conflict, "There is a key of this name already.", "Take another name, or revoke that one first.")
                : (entry, null);
        },
        cancellationToken);

    /// <param name="maker">The key or token it is made with; null for the owner of the host.</param>
    /// <param name="caller">Who is connected with it; null for the owner.</param>
    public Task<NewKey> DelegateAsync(string? maker, Caller? caller, TokenRequest request, CancellationToken cancellationToken) => AddAsync(
        (ring, now) =>
        {
            KeyGrant? grant = null;
            if (maker is not null && ((grant = ring.Find(maker)) is null || !grant.IsLive(now)))
                throw new ToolFailureException(ToolErrorCode.Gone, "The key that this token would come from has ended.", "Use a key that is in force.");
            var living = ring.Grants.Where(other => other.Entry.Kind is CallerKind.Delegated && other.IsLive(now)).ToList();
            if (living.Count >= MostTokens || living.Count(other => grant is null ? other.Parent is null : other.Root == grant.Root) >= MostTokensOfOne)
                throw new ToolFailureException(ToolErrorCode.LimitExceeded, $"{MostTokensOfOne} tokens that come from one key are in force at most, {MostTokens} in all.", "Revoke some, or wait until some end.", retryable: true);
            return (KeyRules.Token(grant is null ? TokenMaker.Owner : caller is null ? TokenMaker.Of(grant) : TokenMaker.Of(grant, caller), request, now), grant);
        },
        cancellationToken);

    /// <summary>Ends a key or token and all that came from it, at once. False when there is none to end.</summary>
    public async Task<bool> RevokeAsync(string id, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var now = time.GetUtcNow();
            if (Ring.Find(id) is not { } grant || !grant.IsLive(now))
                return false;

            // Shut before it is written down: a disk that is full keeps nobody's door open.
            foreach (var ended in Ring.Grants.Where(other => other == grant || other.ComesFrom(grant)))
                ended.Revoke(now);
            await SaveRevokedAsync();
            return true;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Makes a key for everything and ends all others: whoever asks for a new one has lost the old.</summary>
    public async Task<string> ReplaceAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var now = time.GetUtcNow();
            foreach (var grant in Ring.Grants.Where(grant => grant.IsLive(now)))
                grant.Revoke(now);
            await SaveRevokedAsync();
            return (await AddAsync(KeyRules.Key(new KeyRequest { Name = KeyRules.FirstName, Kind = "user", Scopes = [Scopes.All] }, now), null, now, cancellationToken)).Text;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_life)
        {
            if (_disposed)
                return;
            _disposed = true;
            _watch?.Dispose();
        }

        await KeepUsesAsync();
        foreach (var grant in _ring?.Grants ?? [])
            grant.Dispose();
        _turn.Dispose();
    }

    private async Task<NewKey> AddAsync(Func<KeyRing, DateTimeOffset, (KeyEntry Entry, KeyGrant? Parent)> decide, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // Decided within the turn: a maker that is revoked at this moment makes nothing any more.
            var now = time.GetUtcNow();
            var (entry, parent) = decide(Ring, now);
            return await AddAsync(entry, parent, now, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<NewKey> AddAsync(KeyEntry asked, KeyGrant? parent, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var text = KeyRules.Prefix(asked.Kind) + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        var entry = asked with
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)),
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))),
        };
        var next = new KeyRing([.. Remembered(now), new KeyGrant(entry, parent)]);
        await SaveAsync(next, cancellationToken);
        lock (_life)
        {
            _ring = next;
            Rearm();
        }

        return new NewKey(text, entry);
    }

    /// <summary>Without what ended a while ago, which is of no use to anybody.</summary>
    private IEnumerable<KeyGrant> Remembered(DateTimeOffset now)
    {
        var ended = Ring.Grants.Count(IsEndedToken);
        foreach (var grant in Ring.Grants)
        {
            var keep = grant.Entry.Kind is CallerKind.Delegated ? KeepEndedTokens : KeepEndedKeys;
            if (!(grant.Entry.EndsAt + keep <= now) && !(IsEndedToken(grant) && ended-- > MostEndedTokens))
                yield return grant;
        }

        bool IsEndedToken(KeyGrant grant) => grant.Entry.Kind is CallerKind.Delegated && !grant.IsLive(now);
    }

    private KeyRing Load()
    {
        lock (_life)
        {
            if (_ring is null)
            {
                _ring = KeyRing.Of(KeyFile.Read(home.KeyFile));
                Rearm();
            }

            return _ring;
        }
    }

    private Task SaveAsync(KeyRing ring, CancellationToken cancellationToken) =>
        KeyFile.WriteAsync(home.KeyFile, [.. ring.Grants.Select(grant => grant.Entry)], cancellationToken);

    private async Task SaveRevokedAsync()
    {
        try
        {
            await SaveAsync(Ring, CancellationToken.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolFailureException(
                ToolErrorCode.StorageUnavailable, $"It is revoked in this host, but that could not be written to {home.KeyFile}, so it would come back with the next one.",
                "Mend the disk, then make and revoke any other key: that writes all of them.", inner: exception);
        }
    }

    /// <summary>When keys were last used is worth a write now and then, and none of its own for every request.</summary>
    private async Task KeepUsesAsync()
    {
        try
        {
            await _turn.WaitAsync();
            try
            {
                if (_hasNewUses && _ring is { } ring)
                {
                    _hasNewUses = false;
                    await SaveAsync(ring, CancellationToken.None);
                }
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            LogUsesNotKept(exception);
        }
        finally
        {
            Volatile.Write(ref _usesKept, time.GetTimestamp());
            Volatile.Write(ref _keepingUses, 0);
        }
    }

    /// <summary>
    /// Wakes when the next one ends, to end what was begun with it. Looks at the clock in between as well, because
    /// somebody may have set it.
    /// </summary>
    private void Rearm()
    {
        if (_disposed || _ring is not { } ring)
            return;
        var now = time.GetUtcNow();
        var next = ring.Grants.Where(grant => grant.IsLive(now)).Min(grant => grant.Entry.ExpiresAt);
        var sleep = next is not { } ends ? Timeout.InfiniteTimeSpan : ends - now < LongestSleep ? ends - now : LongestSleep;
        _watch ??= time.CreateTimer(static keys => ((AccessKeys)keys!).EndExpired(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _watch.Change(sleep, Timeout.InfiniteTimeSpan);
    }

    private void EndExpired()
    {
        lock (_life)
        {
            if (_disposed)
                return;
            var now = time.GetUtcNow();
            foreach (var grant in _ring!.Grants.Where(grant => !grant.Ended.IsCancellationRequested && grant.Entry.IsOver(now)))
                grant.End();
            Rearm();
        }
    }

    [LoggerMessage(LogLevel.Warning, "When keys were last used could not be written down")]
    private partial void LogUsesNotKept(Exception exception);
}
