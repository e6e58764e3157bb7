using System.Text.Json;

namespace Miosa.Mcp.Hosting;

/// <summary>
/// The right to be the one host of a home. It is a lock on an open file, so it ends with the process however
/// that ends, and a host after a crash takes over at once.
/// </summary>
internal sealed class HostLock : IDisposable
{
    private readonly FileStream _file;

    private readonly MiosaHome _home;

    private HostLock(FileStream file, MiosaHome home)
    {
        _file = file;
        _home = home;
    }

    /// <summary>The lock; null when another host holds it.</summary>
    public static async Task<HostLock?> TryTakeAsync(MiosaHome home, TimeProvider time, CancellationToken cancellationToken)
    {
        // Whoever only looks whether the lock is held holds it for that instant, so one refusal proves nothing.
        for (var attempt = 1; ; attempt++)
        {
            if (FileLock.TryTake(home.LockFile) is { } file)
                return new HostLock(file, home);
            if (attempt is 5)
                return null;
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellationToken);
        }
    }

    /// <summary>Whether some host holds the home now.</summary>
    public static bool IsHeld(MiosaHome home)
    {
        if (!File.Exists(home.LockFile))
            return false;
        using var taken = FileLock.TryTake(home.LockFile);
        return taken is null;
    }

    /// <summary>What the last holder wrote about itself, or null when nothing readable is there.</summary>
    public static HostIdentity? ReadIdentity(MiosaHome home)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(home.IdentityFile), HostJson.Default.HostIdentity);
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Write(HostIdentity identity)
    {
        // Beside the lock, not in it: to open a locked file is refused, even to read it.
        var next = _home.IdentityFile + ".new";
        File.WriteAllBytes(next, JsonSerializer.SerializeToUtf8Bytes(identity, HostJson.Default.HostIdentity));
        File.Move(next, _home.IdentityFile, overwrite: true);
    }

    public void Dispose() => _file.Dispose();
}
