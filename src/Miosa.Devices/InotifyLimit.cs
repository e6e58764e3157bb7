using System.Globalization;

namespace Miosa.Devices;

/// <summary>
/// The kernel's limits on file watches at once, which count those of every sandbox together. Each sandbox has a share
/// of its own that it cannot exceed (see Door/namespace.c); the machine's must hold many such shares.
/// </summary>
internal static class InotifyLimit
{
    public const string Path = "/proc/sys/fs/inotify/max_user_instances";
    public const long Wanted = 128 * EngineOptions.MostDevices;

    private const string WatchesPath = "/proc/sys/fs/inotify/max_user_watches";
    private const long WantedWatches = 4L << 20;

    /// <summary>Raises them where they are low; `doctor` tells where that was not possible.</summary>
    public static void Raise()
    {
        Raise(Path, Wanted);
        Raise(WatchesPath, WantedWatches);
    }

    private static void Raise(string path, long wanted)
    {
        try
        {
            if (long.Parse(File.ReadAllText(path), CultureInfo.InvariantCulture) < wanted)
                File.WriteAllText(path, wanted.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A container that may not write it: the limit stays as it is, and doctor says so.
        }
    }
}
