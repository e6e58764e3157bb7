using System.Globalization;
using System.Security.Cryptography;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Approvals;

/// <summary>
/// A passphrase that answers at a terminal need, where a person set one: an agent that runs outside a sandbox as the same
/// user can start this program, but does not know it. It can also write to the home, which no passphrase prevents.
/// </summary>
internal sealed class ApproverLock(MiosaHome home, TimeProvider time) : IDisposable
{
    private const int Rounds = 600_000;
    private const int MostRounds = 100 * Rounds;
    private const int Shortest = 8;
    private const int Longest = 200;
    private const int MostFailures = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    // One at a time: a hash costs a processor a fraction of a second.
    private readonly SemaphoreSlim _turn = new(1);
    private int _failures;
    private long _lastFailure;

    private string FilePath => System.IO.Path.Combine(home.Path, "approver.hash");

    public bool IsSet => File.Exists(FilePath);

    /// <summary>Refuses unless the passphrase is right, or none was set.</summary>
    public async Task RequireAsync(string? passphrase, CancellationToken cancellationToken)
    {
        if (!IsSet)
            return;
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_failures >= MostFailures && time.GetElapsedTime(_lastFailure) < Pause)
                throw new ToolFailureException(ToolErrorCode.LimitExceeded, "Too many wrong passphrases.", "Wait a minute.");
            var (rounds, salt, expected) = await ReadAsync(cancellationToken);
            if (passphrase is { Length: <= Longest } given && CryptographicOperations.FixedTimeEquals(Derive(given, salt, rounds), expected))
            {
                _failures = 0;
                return;
            }
            _failures = time.GetElapsedTime(_lastFailure) < Pause ? _failures + 1 : 1;
            _lastFailure = time.GetTimestamp();
            throw new ToolFailureException(ToolErrorCode.Denied, "The passphrase is not right.", "Nothing was decided; try again.");
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task SetAsync(string passphrase, CancellationToken cancellationToken)
    {
        if (passphrase.Length is < Shortest or > Longest)
            throw new ToolFailureException(ToolErrorCode.InvalidInput, $"A passphrase has {Shortest} to {Longest} characters.", "Choose another.");
        var salt = RandomNumberGenerator.GetBytes(16);
        var text = string.Create(CultureInfo.InvariantCulture, $"{Rounds} {Convert.ToHexStringLower(salt)} {Convert.ToHexStringLower(Derive(passphrase, salt, Rounds))}");
        // A half-written file must never take the place of a good one.
        var next = FilePath + ".new";
        try
        {
            File.Delete(next);
            await using (var file = new FileStream(next, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
                await file.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text), cancellationToken);
                file.Flush(flushToDisk: true);
            }
            File.Move(next, FilePath, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolFailureException(ToolErrorCode.StorageUnavailable, $"The passphrase could not be stored: {exception.Message}", "What was before still holds.", inner: exception);
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>What is stored. A file that says nothing lets nobody in, and is a person's to look at.</summary>
    private async Task<(int Rounds, byte[] Salt, byte[] Expected)> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            if ((await File.ReadAllTextAsync(FilePath, cancellationToken)).Trim().Split(' ') is [var rounds, var salt, var expected]
                && int.TryParse(rounds, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= MostRounds)
                return (count, Convert.FromHexString(salt), Convert.FromHexString(expected));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            throw Unreadable(exception);
        }
        throw Unreadable(null);
    }

    private ToolFailureException Unreadable(Exception? inner) =>
        new(ToolErrorCode.StorageUnavailable, $"{FilePath} is damaged or cannot be read, so no passphrase can be compared with it.", "Nothing was decided. Restore it; or remove it and set a passphrase anew.", inner: inner);

    private static byte[] Derive(string passphrase, byte[] salt, int rounds) => Rfc2898DeriveBytes.Pbkdf2(passphrase, salt, rounds, HashAlgorithmName.SHA256, 32);
}
