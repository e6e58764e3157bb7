using System.Runtime.InteropServices;

namespace Miosa.Devices.Native;

/// <summary>The system calls that .NET has no word for. Thin on purpose: the meaning is in the classes that call them.</summary>
internal static partial class Libc
{
    public const int AtFdCwd = -100;
    public const int AtEmptyPath = 0x1000;
    public const int OpenDirectory = 0x10000;
    public const int OpenCloseOnExec = 0x80000;
    public const int CloneNewNamespace = 0x20000;
    public const int CloneNewNetwork = 0x40000000;
    public const nuint GetInterfaceFlags = 0x8913;
    public const nuint SetInterfaceFlags = 0x8914;
    public const short InterfaceUp = 1;
    public const ulong MountPrivate = 1UL << 18;
    public const ulong MountSlave = 1UL << 19;
    public const ulong MountRecursive = 0x4000;
    public const int UnmountDetach = 2;
    public const int OpenTreeClone = 1;
    public const int MoveMountFromEmptyPath = 4;
    public const ulong MountAttributeIdmap = 0x100000;

    public const ulong MountAttributeNoSetuid = 0x2;
    public const ulong MountAttributeNoDevices = 0x4;
    public const ulong MountAttributeNoAccessTimes = 0x10;

    private const uint RenameExchange = 2;
    private const uint CloseOnExec = 1;
    private const uint ConfigString = 1;
    private const uint ConfigCreate = 6;
    private const uint CapabilityVersion = 0x2008_0522;
    private const long SysOpenTree = 428;
    private const long SysMoveMount = 429;
    private const long SysFsOpen = 430;
    private const long SysFsConfig = 431;
    private const long SysFsMount = 432;
    private const long SysMountSetattr = 442;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    public static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    public static partial int SetNamespace(int fd, int type);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Mount(string? source, string target, string? type, ulong flags, string? data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unmount(string target, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static unsafe partial int Ioctl(int fd, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt2(int fromDirectory, string from, int toDirectory, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int directory, string path, int flags, uint mask, byte* status);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFs(int fd);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static unsafe partial int WaitPid(int pid, int* status, int options);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUserId();

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    public static unsafe partial int GetResourceLimit(int resource, ulong* softAndHard);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenTreeCall(long number, int directory, string path, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MoveMountCall(long number, int fromDirectory, string fromPath, int toDirectory, string toPath, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int MountSetattrCall(long number, int directory, string path, uint flags, MountAttributes* attributes, nuint size);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FsOpenCall(long number, string type, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FsConfigCall(long number, int context, uint command, string? key, string? value, int auxiliary);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial int FsMountCall(long number, int context, uint flags, uint attributes);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkCall(string from, string to);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwnerCall(string path, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileUser(uint user);

    [LibraryImport("libc", EntryPoint = "setfsgid")]
    private static partial int SetFileGroup(uint group);

    [LibraryImport("libc", EntryPoint = "capget", SetLastError = true)]
    private static unsafe partial int GetCapabilities(uint* header, uint* data);

    [LibraryImport("libc", EntryPoint = "capset", SetLastError = true)]
    private static unsafe partial int SetCapabilities(uint* header, uint* data);

    /// <summary>A new file system of a type, as a detached mount, made of options in their order.</summary>
    public static int NewMount(string type, IEnumerable<(string Key, string Value)> options, ulong attributes)
    {
        var context = Check(FsOpenCall(SysFsOpen, type, CloseOnExec), $"fsopen {type}");
        try
        {
            foreach (var (key, value) in options)
                Check(FsConfigCall(SysFsConfig, context, ConfigString, key, value, 0), $"fsconfig {type} {key}={value}");
            Check(FsConfigCall(SysFsConfig, context, ConfigCreate, null, null, 0), $"create a file system of type {type}");
            return Check(FsMountCall(SysFsMount, context, CloseOnExec, (uint)attributes), $"fsmount {type}");
        }
        finally
        {
            _ = Close(context);
        }
    }

    /// <summary>
    /// Runs <paramref name="work"/> as a file owner that is not root, with all the rights of root: what the kernel makes
    /// for it belongs to that owner. It holds for this thread, so there must be nothing asynchronous in it.
    /// </summary>
    public static unsafe T AsFileOwner<T>(uint owner, Func<T> work)
    {
        var header = stackalloc uint[2] { CapabilityVersion, 0 };
        var all = stackalloc uint[6];
        Check(GetCapabilities(header, all), "capget");
        try
        {
            _ = SetFileGroup(owner);
            _ = SetFileUser(owner);
            // To be another owner takes the rights over files away; they are still permitted.
            Check(SetCapabilities(header, all), "capset");
            return work();
        }
        finally
        {
            _ = SetFileUser(0);
            _ = SetFileGroup(0);
            _ = SetCapabilities(header, all);
        }
    }

    /// <summary>Gives a file another name beside the one it has.</summary>
    public static void Link(string file, string name) => Check(LinkCall(file, name), $"link {file} to {name}");

    /// <summary>How many names a file has.</summary>
    public static unsafe uint NamesOf(string path)
    {
        const uint links = 0x4;
        const int linksOffset = 16;
        var status = stackalloc byte[256];
        Check(Statx(AtFdCwd, path, 0, links, status), $"statx {path}");
        return *(uint*)(status + linksOffset);
    }

    public static unsafe (uint User, uint Group) OwnerOf(string path)
    {
        const uint userAndGroup = 0x18;
        const int userOffset = 20;
        var status = stackalloc byte[256];
        Check(Statx(AtFdCwd, path, 0, userAndGroup, status), $"statx {path}");
        return (*(uint*)(status + userOffset), *(uint*)(status + userOffset + sizeof(uint)));
    }

    public static void ChangeOwner(string path, (uint User, uint Group) owner) => Check(ChangeOwnerCall(path, owner.User, owner.Group), $"chown {path}");

    /// <summary>A detached copy of the mount at <paramref name="path"/>, as a descriptor.</summary>
    public static int OpenTree(string path) =>
        Check(OpenTreeCall(SysOpenTree, AtFdCwd, path, OpenTreeClone | OpenCloseOnExec), $"open_tree {path}");

    public static void MoveMount(int tree, string target) =>
        Check(MoveMountCall(SysMoveMount, tree, "", AtFdCwd, target, MoveMountFromEmptyPath), $"move_mount to {target}");

    public static unsafe void SetIdmap(int tree, int userNamespace)
    {
        var attributes = new MountAttributes { Set = MountAttributeIdmap, UserNamespace = (ulong)userNamespace };
        Check(MountSetattrCall(SysMountSetattr, tree, "", AtEmptyPath, &attributes, (nuint)sizeof(MountAttributes)), "mount_setattr (idmap)");
    }

    /// <summary>Lets two names change places in one step.</summary>
    public static void Exchange(string one, string other) =>
        Check(RenameAt2(AtFdCwd, one, AtFdCwd, other, RenameExchange), $"exchange {one} and {other}");

    /// <summary>What a file takes of its disk; less than its length where it has holes.</summary>
    public static unsafe long AllocatedBytes(string path)
    {
        const uint blocks = 0x400;
        const int blocksOffset = 48;
        const int blockSize = 512;
        var status = stackalloc byte[256];
        Check(Statx(AtFdCwd, path, 0, blocks, status), $"statx {path}");
        return *(long*)(status + blocksOffset) * blockSize;
    }

    /// <summary>Returns when everything of the file system at <paramref name="path"/> is on disk.</summary>
    public static void SyncFileSystem(string path)
    {
        var fd = Check(Open(path, OpenDirectory | OpenCloseOnExec), $"open {path}");
        try
        {
            Check(SyncFs(fd), $"syncfs {path}");
        }
        finally
        {
            _ = Close(fd);
        }
    }

    /// <summary>Turns a failed call into an exception that names it and its errno.</summary>
    public static int Check(int result, string what)
    {
        if (result >= 0)
            return result;
        var errno = Marshal.GetLastPInvokeError();
        throw new NativeCallException(what, errno, Marshal.GetPInvokeErrorMessage(errno));
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct MountAttributes
    {
        public ulong Set;
        public ulong Clear;
        public ulong Propagation;
        public ulong UserNamespace;
    }
}
