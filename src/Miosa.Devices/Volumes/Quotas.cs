using System.Runtime.InteropServices;
using Miosa.Devices.Native;

namespace Miosa.Devices.Volumes;

/// <summary>Turns on the counting that limits need, in the cheapest way that the kernel knows.</summary>
internal static class Quotas
{
    private const uint Magic = 0x94;
    private const ulong EnableCommand = 1;
    private const ulong EnableSimpleCommand = 4;
    private const int InvalidArgument = 22;
    private const int FileSystemInfoSize = 1024;
    private const int FileSystemIdOffset = 16;
    private const int FileSystemIdSize = 16;

    private static readonly nuint Control = (3u << 30) | (16u << 16) | (Magic << 8) | 40;
    private static readonly nuint FileSystemInfo = (2u << 30) | ((uint)FileSystemInfoSize << 16) | (Magic << 8) | 31;

    /// <summary>Enables quotas where they are not, and tells how they count. How they do does not change once they are on.</summary>
    public static Quota Enable(string mountPoint)
    {
        var root = Libc.Check(Libc.Open(mountPoint, Libc.OpenDirectory | Libc.OpenCloseOnExec), $"open {mountPoint}");
        try
        {
            // Simple quotas came with Linux 6.7; an older kernel does not know the command.
            if (!TryControl(root, EnableSimpleCommand))
                _ = TryControl(root, EnableCommand);
            return Read(root);
        }
        finally
        {
            _ = Libc.Close(root);
        }
    }

    private static unsafe bool TryControl(int root, ulong command)
    {
        var arguments = stackalloc ulong[2] { command, 0 };
        var result = Libc.Ioctl(root, Control, arguments);
        if (result < 0 && command is EnableSimpleCommand && Marshal.GetLastPInvokeError() is InvalidArgument)
            return false;
        Libc.Check(result, "enable quota");
        return true;
    }

    /// <summary>Where the kernel tells of each group what it takes.</summary>
    public static string GroupsOf(string mountPoint)
    {
        var root = Libc.Check(Libc.Open(mountPoint, Libc.OpenDirectory | Libc.OpenCloseOnExec), $"open {mountPoint}");
        try
        {
            return Groups(root);
        }
        finally
        {
            _ = Libc.Close(root);
        }
    }

    /// <summary>A kernel that has no word for it knows only the one way.</summary>
    private static Quota Read(int root)
    {
        var mode = Groups(root) + "/mode";
        return File.Exists(mode) && File.ReadAllText(mode).Trim() is "squota" ? Quota.Written : Quota.Shared;
    }

    private static unsafe string Groups(int root)
    {
        var info = stackalloc byte[FileSystemInfoSize];
        Libc.Check(Libc.Ioctl(root, FileSystemInfo, info), "read file system id");
        var id = new Guid(new ReadOnlySpan<byte>(info + FileSystemIdOffset, FileSystemIdSize), bigEndian: true);
        return $"/sys/fs/btrfs/{id}/qgroups";
    }
}
