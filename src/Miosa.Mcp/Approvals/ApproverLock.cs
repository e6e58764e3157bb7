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
            if (await File.ReadAllTextAsync(FilePath, cancellationToken) is var stored && stored.Split(' ') is [var rounds, var salt, var expected]
                && passphrase is { Length: <= Longest } given
                && CryptographicOperations.FixedTimeEquals(Derive(given, Convert.FromHexString(salt), int.Parse(rounds, CultureInfo.InvariantCulture)), Convert.FromHexString(expected.Trim())))
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
        File.Delete(next);
        await using (var file = new FileStream(next, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            await file.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text), cancellationToken);
            file.Flush(flushToDisk: true);
        }
        File.Move(next, FilePath, overwrite: true);
    }

    public void Dispose() => _turn.Dispose();

    private static byte[] Derive(string passphrase, byte[] salt, int rounds) => Rfc2898DeriveBytes.Pbkdf2(passphrase, salt, rounds, HashAlgorithmName.SHA256, 32);
}
