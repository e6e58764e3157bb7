using System.Text;
using Miosa.Devices.Native;

namespace Miosa.Devices.Volumes;

/// <summary>btrfs subvolumes through the kernel's own calls: a program start for each would cost more than the work.</summary>
internal static class Subvolume
{
    private const uint Magic = 0x94;
    private const int ArgumentSize = 4096;
    private const int NameOffsetV2 = 56;
    private const int NameOffset = 8;
    private const int FlagsOffset = 16;
    private const int LongestName = 255;
    private const int InvalidArgument = 22;
    private const ulong FirstObject = 256;
    private const ulong ReadOnlyFlag = 1 << 1;
    private const ulong LimitReferenced = 1;

    private static readonly nuint CreateV2 = WriteRequest(24, ArgumentSize);
    private static readonly nuint SnapshotV2 = WriteRequest(23, ArgumentSize);
    private static readonly nuint Destroy = WriteRequest(15, ArgumentSize);
    private static readonly nuint SetFlags = WriteRequest(26, sizeof(ulong));
    private static readonly nuint InodeLookup = (3u << 30) | ((uint)ArgumentSize << 16) | (Magic << 8) | 18;
    private static readonly nuint QuotaGroupLimit = ReadRequest(43, 48);

    public static void Create(string path)
    {
        using var parent = Directory(Path.GetDirectoryName(path)!);
        Call(parent, CreateV2, path, source: 0, NameOffsetV2, "create subvolume");
    }

    /// <summary>A copy of <paramref name="source"/> at this instant.</summary>
    public static void Snapshot(string source, string path, bool readOnly = false)
    {
        using var from = Directory(source);
        using var parent = Directory(Path.GetDirectoryName(path)!);
        Call(parent, SnapshotV2, path, from.Fd, NameOffsetV2, "snapshot subvolume", readOnly ? ReadOnlyFlag : 0);
    }

    /// <summary>Deletes a subvolume; false for a plain directory, which stays.</summary>
    public static bool TryDelete(string path)
    {
        using var parent = Directory(Path.GetDirectoryName(path)!);
        try
        {
            Call(parent, Destroy, path, source: 0, NameOffset, "delete subvolume");
            return true;
        }
        catch (NativeCallException exception) when (exception.Errno is InvalidArgument)
        {
            return false;
        }
    }

    public static unsafe void SetReadOnly(string path)
    {
        using var subvolume = Directory(path);
        var flags = ReadOnlyFlag;
        Libc.Check(Libc.Ioctl(subvolume.Fd, SetFlags, &flags), $"seal {path}");
    }

    /// <summary>The number it has in its file system, and its quota group with it.</summary>
    public static unsafe ulong Id(string path)
    {
        using var subvolume = Directory(path);
        var arguments = stackalloc byte[ArgumentSize];
        new Span<byte>(arguments, ArgumentSize).Clear();
        // Tree 0 stands for the subvolume the descriptor is in; the answer says which that is.
        ((ulong*)arguments)[1] = FirstObject;
        Libc.Check(Libc.Ioctl(subvolume.Fd, InodeLookup, arguments), $"identify {path}");
        return *(ulong*)arguments;
    }

    /// <summary>Refuses writes once the subvolume takes more than <paramref name="bytes"/>, as its file system's <see cref="Quota"/> counts.</summary>
    public static unsafe void Limit(string path, long bytes)
    {
        using var subvolume = Directory(path);
        // Group 0 stands for the subvolume the descriptor is in.
        var arguments = stackalloc ulong[6] { 0, LimitReferenced, (ulong)bytes, 0, 0, 0 };
        Libc.Check(Libc.Ioctl(subvolume.Fd, QuotaGroupLimit, arguments), $"limit {path}");
    }

    private static unsafe void Call(Descriptor parent, nuint request, string path, int source, int nameOffset, string what, ulong flags = 0)
    {
        var name = Encoding.UTF8.GetBytes(Path.GetFileName(path));
        if (name.Length is 0 or > LongestName)
            throw new ArgumentException($"A subvolume's name has 1 to {LongestName} bytes.", nameof(path));
        var arguments = stackalloc byte[ArgumentSize];
        new Span<byte>(arguments, ArgumentSize).Clear();
        *(long*)arguments = source;
        if (flags is not 0)
            *(ulong*)(arguments + FlagsOffset) = flags;
        name.CopyTo(new Span<byte>(arguments + nameOffset, LongestName));
        Libc.Check(Libc.Ioctl(parent.Fd, request, arguments), $"{what} {path}");
    }

    private static Descriptor Directory(string path) =>
        new(Libc.Check(Libc.Open(path, Libc.OpenDirectory | Libc.OpenCloseOnExec), $"open {path}"));

    private static nuint WriteRequest(uint number, uint size) => (1u << 30) | (size << 16) | (Magic << 8) | number;

    private static nuint ReadRequest(uint number, uint size) => (2u << 30) | (size << 16) | (Magic << 8) | number;

    private readonly record struct Descriptor(int Fd) : IDisposable
    {
        public void Dispose() => _ = Libc.Close(Fd);
    }
}
