namespace Miosa.Mcp.Hosting;

/// <summary>A lock that lives as long as the open file: flock, which the kernel gives back however a process ends.</summary>
internal static class FileLock
{
    /// <summary>The open file that holds the lock; null when another process holds it.</summary>
    public static FileStream? TryTake(string path)
    {
        try
        {
            // FileShare.None is flock(LOCK_EX | LOCK_NB) here, and the descriptor is not inherited by what the process starts.
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }
}
