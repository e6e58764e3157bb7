using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Miosa.Mcp.Workspaces.Receipts;

/// <summary>
/// A folder of this machine that its operator named. The host may be root and who writes there may not: the kernel is
/// asked to follow no link and to leave the folder on no way, a file that has other names elsewhere is not touched, and
/// what is made belongs to whom the folder belongs.
/// </summary>
internal sealed unsafe partial class HostTarget(string root) : IReceiptTarget
{
    private const int WriteOnly = 1;
    private const int Create = 0x40;
    private const int Append = 0x400;
    private const int NonBlocking = 0x800;
    private const int PathOnly = 0x200000;
    private const int DirectoryOnly = 0x10000;
    private const int CloseOnExec = 0x80000;
    private const int NotFound = 2;
    private const int Exists = 17;
    private const int NotADirectory = 20;
    private const ulong NoMagicLinks = 2;
    private const ulong NoLinks = 4;
    private const ulong Beneath = 8;
    private const long SysOpenAt2 = 437;
    private const int EmptyPath = 0x1000;
    private const int NoFollow = 0x100;
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
        using var file = OpenToWrite(path);
        // In the mode of appending the place that is named counts for nothing.
        RandomAccess.Write(file, bytes.Span, 0);
        return Task.CompletedTask;
    }

    public Task EmptyAsync(string path, CancellationToken cancellationToken)
    {
        using var file = OpenToWrite(path);
        RandomAccess.SetLength(file, 0);
        return Task.CompletedTask;
    }

    private SafeFileHandle OpenToWrite(string path)
    {
        using var folder = OpenRoot();
        var owner = StatusOf(folder, ".");
        var parts = path.Split('/');
        for (var i = 1; i < parts.Length; i++)
        {
            using var parent = i is 1 ? null : TryOpen(folder, string.Join('/', parts[..(i - 1)]), PathOnly | DirectoryOnly, 0);
            var within = parent ?? folder;
            if (MakeDirectory(within, parts[i - 1], 0b111_101_101) is 0)
                Check(ChangeOwner(within, parts[i - 1], owner.User, owner.Group, NoFollow), path);
            else if (Marshal.GetLastPInvokeError() is not Exists)
                throw Failure(path);
        }
        bool isNew;
        using (var there = TryOpen(folder, path, PathOnly, 0))
            isNew = there is null;
        var file = TryOpen(folder, path, WriteOnly | Append | Create | NonBlocking, 0b110_100_100) ?? throw Failure(path);
        try
        {
            var status = StatusOf(file, path);
            if (status.Links is not 1)
                throw new IOException($"`{path}` has other names too, and is not written to.");
            if (isNew)
                Check(ChangeOwner(file, "", owner.User, owner.Group, EmptyPath), path);
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
        var handle = new SafeFileHandle(Open(root, PathOnly | DirectoryOnly | CloseOnExec), ownsHandle: true);
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

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long OpenAt2(long number, SafeFileHandle directory, string path, ulong* how, nuint size);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeDirectory(SafeFileHandle directory, string path, uint mode);

    [LibraryImport("libc", EntryPoint = "fchownat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(SafeFileHandle directory, string path, uint user, uint group, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(SafeFileHandle file, string path, int flags, uint mask, byte* status);
}
