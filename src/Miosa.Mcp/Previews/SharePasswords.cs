using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;

namespace Miosa.Mcp.Previews;

/// <summary>Passwords of shares: hashed slowly, tried one at a time, and not often.</summary>
internal sealed class SharePasswords(TimeProvider time) : IDisposable
{
    public const int MostAttempts = 10;
    public const int LongestPassword = 200;
    private const int Rounds = 600_000;
    private const int Length = 32;
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    // One at a time: a hash costs a processor a fraction of a second, and visitors must not be able to take them all.
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ConcurrentDictionary<string, Attempts> _attempts = new(StringComparer.Ordinal);

    public async Task<string> HashAsync(string password, CancellationToken cancellationToken)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        var derived = await DeriveAsync(password, salt, Rounds, cancellationToken);
        return string.Create(CultureInfo.InvariantCulture, $"pbkdf2-sha256 {Rounds} {Convert.ToHexStringLower(salt)} {Convert.ToHexStringLower(derived)}");
    }

    /// <summary>Whether the password is right; null where too many were tried, right or wrong.</summary>
    public async Task<bool?> CheckAsync(string shareId, string hash, string password, CancellationToken cancellationToken)
    {
        if (!_attempts.GetOrAdd(shareId, static (_, now) => new Attempts(now), time.GetTimestamp()).Take(time))
            return null;
        if (password.Length > LongestPassword || hash.Split(' ') is not [_, var rounds, var salt, var expected])
            return false;
        var derived = await DeriveAsync(password, Convert.FromHexString(salt), int.Parse(rounds, CultureInfo.InvariantCulture), cancellationToken);
        if (!CryptographicOperations.FixedTimeEquals(derived, Convert.FromHexString(expected)))
            return false;
        _attempts.TryRemove(shareId, out _);
        return true;
    }

    public void Dispose() => _turn.Dispose();

    private async Task<byte[]> DeriveAsync(string password, byte[] salt, int rounds, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Rfc2898DeriveBytes.Pbkdf2(password, salt, rounds, HashAlgorithmName.SHA256, Length), CancellationToken.None);
        }
        finally
        {
            _turn.Release();
        }
    }

    private sealed class Attempts(long started)
    {
        private readonly Lock _lock = new();
        private long _started = started;
        private int _count;

        public bool Take(TimeProvider time)
        {
            lock (_lock)
            {
                if (time.GetElapsedTime(_started) >= Window)
                    (_started, _count) = (time.GetTimestamp(), 0);
                return ++_count <= MostAttempts;
            }
        }
    }
}
