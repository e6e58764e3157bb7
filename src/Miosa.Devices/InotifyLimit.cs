using System.Globalization;

namespace Miosa.Devices;

/// <summary>The kernel's limit on file watches at once, which counts those of every sandbox together.</summary>
internal static class InotifyLimit
{
    public const string Path = "/proc/sys/fs/inotify/max_user_instances";
    public const long Wanted = 8192;

    /// <summary>Raises it where it is low; `doctor` tells where that was not possible.</summary>
    public static void Raise()
    {
        try
        {
            if (long.Parse(File.ReadAllText(Path), CultureInfo.InvariantCulture) < Wanted)
                File.WriteAllText(Path, Wanted.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A container that may not write it: the limit stays as it is, and doctor says so.
        }
    }
}
