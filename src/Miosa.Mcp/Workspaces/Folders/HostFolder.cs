using System.Globalization;
using System.Runtime.InteropServices;
using System.Security;
using Microsoft.Win32.SafeHandles;

namespace Miosa.Mcp.Workspaces.Folders;

/// <summary>
/// A folder of this machine that its operator named. The host may be root and who writes there may not, so a file is
/// asked where it really is after it was opened: one that lies elsewhere, whatever was swapped on the way, is not read.
/// </summary>
internal sealed partial class HostFolder : IFolderSource
{
    private const int Depth = 12;
    private const int MostEntries = 50_000;
    private const int ReadOnlyFlag = 0;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private readonly string _root;
    private readonly IReadOnlyCollection<string>? _skipped;
    private readonly int _most;

    /// <param name="path">The folder, as it really is: a link that somebody puts on the way to it later is not followed.</param>
    /// <param name="skipped">Names of folders that are not entered; those of <see cref="SkippedFolders"/> if absent.</param>
    /// <param name="most">How many files, links and directories are looked at.</param>
    public HostFolder(string path, IReadOnlyCollection<string>? skipped = null, int most = MostEntries)
    {
        _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        (_skipped, _most) = (skipped, most);
    }

    /// <summary>The folder that a person names now: links on the way to it are followed, once.</summary>
    public static HostFolder At(string path, IReadOnlyCollection<string>? skipped = null) => new(RealPath(path) ?? path, skipped);

    public Task<FolderListing> ListAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(_root) || RealPath(_root) != _root)
            throw new DirectoryNotFoundException($"The folder {_root} is not there.");
        List<FolderFile> found = [];
        List<string> notes = [];
        List<string> empty = [];
        List<string> unread = [];
        var (left, deeper) = (_most, 0);
        var queue = new Queue<(string Path, int Depth)>([("", 0)]);
        while (left >= 0 && queue.TryDequeue(out var next))
        {
            cancellationToken.ThrowIfCancellationRequested();
            // One more than there is room for: then it is known that there are more.
            if (Entries(next.Path, left + 1) is not { } entries)
            {
                unread.Add(next.Path);
                notes.Add(next.Path is "" ? "The folder could not be read." : $"`{next.Path}` could not be read.");
                continue;
            }
            var skipped = _skipped ?? SkippedFolders.NamesIn(next.Path);
            if (entries.Count is 0 && next.Path is not "")
                empty.Add(next.Path);
            foreach (var (name, file) in entries)
            {
                if (file is not null)
                    found.Add(file);
                else if (skipped.Contains(name))
                    continue;
                else if (next.Depth + 1 < Depth)
                    queue.Enqueue((Below(next.Path, name), next.Depth + 1));
                else
                    deeper++;
            }
            left -= entries.Count;
        }
        if (left < 0)
            notes.Add($"The folder holds more than {_most} entries; the rest was not looked at.");
        if (deeper > 0)
            notes.Add($"{deeper} directories lie deeper than {Depth} levels and were not looked at.");
        return Task.FromResult(new FolderListing { Files = found, EmptyDirectories = empty, IsPartial = left < 0, Unread = unread, Notes = notes });
    }

    public async Task<byte[]?> ReadAsync(string path, int most, CancellationToken cancellationToken)
    {
        if (OpenInside(path) is not { } stream)
            return null;
        await using (stream)
        {
            var bytes = new byte[Math.Min(most, stream.Length)];
            var read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
            return bytes[..read];
        }
    }

    /// <summary>A regular file of this folder, opened; null where it is none, or not in here.</summary>
    public FileStream? OpenInside(string path)
    {
        var whole = $"{_root}/{path}";
        var descriptor = Open(whole, ReadOnlyFlag | NonBlocking | CloseOnExec);
        if (descriptor < 0)
            return null;
        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            if (RealPath(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}")) is { } real && real == whole && !File.GetAttributes(handle).HasFlag(FileAttributes.Directory))
            {
                var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
                if (stream.CanSeek)
                    return stream;
                stream.Dispose();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A device, or gone.
        }
        handle.Dispose();
        return null;
    }

    /// <summary>What is in a directory, with the files; null where it cannot be read, which is not to be taken for an empty one.</summary>
    private List<(string Name, FolderFile? File)>? Entries(string path, int most)
    {
        try
        {
            return [.. new DirectoryInfo(Path.Combine(_root, path)).EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false })
                .Take(most).Select(entry => (entry.Name, ToFile(entry, Below(path, entry.Name)))).OrderBy(entry => entry.Name, StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SecurityException)
        {
            return null;
        }
    }

    /// <summary>Null for a directory.</summary>
    private static FolderFile? ToFile(FileSystemInfo entry, string path) => entry switch
    {
        { LinkTarget: { } target } => new FolderFile(path, 0, target, target),
        FileInfo file => new FolderFile(path, file.Length, string.Create(CultureInfo.InvariantCulture, $"{file.Length:x}-{file.LastWriteTimeUtc.Ticks:x}"), Mode: file.UnixFileMode),
        _ => null,
    };

    private static string Below(string path, string name) => path is "" ? name : $"{path}/{name}";

    /// <summary>Where a path leads, once all links on it are followed; null where to nothing.</summary>
    public static unsafe string? RealPath(string path)
    {
        var resolved = ResolvePath(path, null);
        if (resolved is null)
            return null;
        try
        {
            return Marshal.PtrToStringUTF8((nint)resolved);
        }
        finally
        {
            Free(resolved);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "realpath", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial byte* ResolvePath(string path, byte* resolved);

    [LibraryImport("libc", EntryPoint = "free")]
    private static unsafe partial void Free(byte* pointer);
}
