using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Miosa.Mcp.Workspaces.Receipts;

/// <summary>
/// A folder of this machine that its operator named. The host may be root and who writes there may not: the kernel is
/// asked to follow no link and to leave the folder on no way, a file that has other names elsewhere is not touched, and
/// all is done with the rights of whom the folder belongs to.
/// </summary>
internal sealed unsafe partial class HostTarget(string root) : IReceiptTarget
{
    private const int WriteOnly = 1;
    private const int Create = 0x40;
    private const int Append = 0x400;
    private const int NonBlocking = 0x800;
    private const int PathOnly = 0x200000;
    // The two name this flag by different numbers.
    private static readonly int DirectoryOnly = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 ? 0x4000 : 0x10000;
    private const int CloseOnExec = 0x80000;
    private const int NotFound = 2;
    private const int Exists = 17;
    private const int NotADirectory = 20;
    private const ulong NoMagicLinks = 2;
    private const ulong NoLinks = 4;
    private const ulong Beneath = 8;
    private const long SysOpenAt2 = 437;
    private const int EmptyPath = 0x1000;
    private const int AtWorkingDirectory = -100;
    private const uint BasicStatus = 0x7ff;
    private const int TypeMask = 0xf000;
    private const int RegularFile = 0x8000;

    public Task<long?> LengthAsync(string path, CancellationToken cancellationToken)
    {
        using var folder = OpenRoot();
        using var file = TryOpen(folder, path, PathOnly, 0);
        return Task.FromResult(file is null ? null : (long?)StatusOf(file, path).Size);
    }

    public Task AppendAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        using var file = OpenAsOwner(path);
        // In the mode of appending the place that is named counts for nothing.
        RandomAccess.Write(file, bytes.Span, 0);
        return Task.CompletedTask;
    }

    public Task EmptyAsync(string path, CancellationToken cancellationToken)
    {
        using var file = OpenAsOwner(path);
        RandomAccess.SetLength(file, 0);
        return Task.CompletedTask;
    }

    /// <summary>With the rights of the folder's owner and no others: whatever is put in the way of this, it can do nothing that he could not.</summary>
    private SafeFileHandle OpenAsOwner(string path)
    {
        using var folder = OpenRoot();
        var owner = StatusOf(folder, ".");
        // Of this thread alone, and nothing here waits for another one.
        var group = UseGroup(owner.Group);
        var user = UseUser(owner.User);
        try
        {
            return OpenToWrite(folder, path);
        }
        finally
        {
            _ = UseUser((uint)user);
            _ = UseGroup((uint)group);
        }
    }

    private static SafeFileHandle OpenToWrite(SafeFileHandle folder, string path)
    {
        var parts = path.Split('/');
        for (var i = 1; i < parts.Length; i++)
        {
            using var parent = i is 1 ? null : TryOpen(folder, string.Join('/', parts[..(i - 1)]), PathOnly | DirectoryOnly, 0);
            var within = parent ?? folder;
            if (MakeDirectory(within, parts[i - 1], 0b111_101_101) is not 0 && Marshal.GetLastPInvokeError() is not Exists)
                throw Failure(path);
        }
        var file = TryOpen(folder, path, WriteOnly | Append | Create | NonBlocking, 0b110_100_100) ?? throw Failure(path);
        try
        {
            var status = StatusOf(file, path);
            if (status.Links is not 1)
                throw new IOException($"`{path}` has other names too, and is not written to.");
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private SafeFileHandle OpenRoot()
    {
        // As it really is: a link that somebody put on the way to it since is not followed.
        var how = stackalloc ulong[3];
        (how[0], how[1], how[2]) = ((ulong)(PathOnly | DirectoryOnly | CloseOnExec), 0, NoLinks | NoMagicLinks);
        var handle = new SafeFileHandle((nint)OpenRootAt2(SysOpenAt2, AtWorkingDirectory, root, how, 24), ownsHandle: true);
        return handle.IsInvalid ? throw Failure(root) : handle;
    }

    /// <summary>Null where there is nothing of that name.</summary>
    private static SafeFileHandle? TryOpen(SafeFileHandle folder, string path, int flags, uint mode)
    {
        var how = stackalloc ulong[3];
        (how[0], how[1], how[2]) = ((ulong)(flags | CloseOnExec), mode, Beneath | NoLinks | NoMagicLinks);
        var handle = new SafeFileHandle((nint)OpenAt2(SysOpenAt2, folder, path, how, 24), ownsHandle: true);
        if (!handle.IsInvalid)
            return handle;
        return Marshal.GetLastPInvokeError() is NotFound or NotADirectory && (flags & Create) is 0 ? null : throw Failure(path);
    }

    private static (long Size, uint User, uint Group, uint Links) StatusOf(SafeFileHandle file, string path)
    {
        // struct statx: links at 16, owner at 20, group at 24, mode at 28, size at 40.
        var status = stackalloc byte[256];
        Check(Status(file, "", EmptyPath, BasicStatus, status), path);
        if (path is not "." && (*(ushort*)(status + 28) & TypeMask) is not RegularFile)
            throw new IOException($"`{path}` is no file.");
        return (*(long*)(status + 40), *(uint*)(status + 20), *(uint*)(status + 24), *(uint*)(status + 16));
    }

    private static void Check(int result, string path)
    {
        if (result < 0)
            throw Failure(path);
    }

    private static IOException Failure(string path) => new(string.Create(CultureInfo.InvariantCulture, $"`{path}` cannot be written: {Marshal.GetLastPInvokeErrorMessage()}"));

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long OpenRootAt2(long number, int directory, string path, ulong* how, nuint size);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long OpenAt2(long number, SafeFileHandle directory, string path, ulong* how, nuint size);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeDirectory(SafeFileHandle directory, string path, uint mode);

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int UseUser(uint user);

    [LibraryImport("libc", EntryPoint = "setfsgid")]
    private static partial int UseGroup(uint group);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(SafeFileHandle file, string path, int flags, uint mask, byte* status);
}
