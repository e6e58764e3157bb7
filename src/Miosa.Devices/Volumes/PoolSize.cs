using Miosa.Devices.Native;

namespace Miosa.Devices.Volumes;

/// <summary>How large the pool's file is. Its size is a ceiling, not a cost: it is sparse and takes what is written to it.</summary>
internal static class PoolSize
{
    private const long SmallestBytes = 4L << 30;
    private const long LargestBytes = 4L << 40;

    /// <summary>Growing costs a little, so not for a little.</summary>
    private const long WorthGrowing = 1L << 30;

    public static long First(string directory) => Ceiling(new DriveInfo(directory).AvailableFreeSpace);

    public static bool IsWorthGrowing(long bytes, long possible) => possible - bytes >= WorthGrowing;

    /// <summary>Makes the file larger where its disk has become so since; it never gets smaller.</summary>
    public static void Grow(string image)
    {
        var possible = Ceiling(new DriveInfo(Path.GetDirectoryName(image)!).AvailableFreeSpace + Libc.AllocatedBytes(image));
        using var file = new FileStream(image, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        if (IsWorthGrowing(file.Length, possible))
            file.SetLength(possible);
    }

    /// <exception cref="EngineException">There is too little space for anything.</exception>
    public static void Require(string directory)
    {
        var free = new DriveInfo(directory).AvailableFreeSpace;
        if (free < SmallestBytes)
            throw new EngineException(
                $"There are {free >> 20} MiB free at {directory}; sandboxes need {SmallestBytes >> 30} GiB at least.",
                "Free some space, or set MIOSA_HOME to a directory on a larger disk.") { IsDiskFull = true };
    }

    private static long Ceiling(long bytes) => Math.Clamp(bytes / 10 * 9, SmallestBytes, LargestBytes);
}
