using System.Globalization;
using System.IO.Abstractions;

namespace Miosa.Workspaces.Folders;

/// <summary>
/// A folder of a file system. Links are followed as far as they stay in it. Whoever can change the folder while it is
/// read is still kept in it: what was opened is asked where it lies.
/// </summary>
internal sealed class DiskFolder : IContractFolder
{
    private const int MostLinks = 40;
    private readonly IFileSystem _files;

    /// <summary>Without a link in it, without a separator at its end.</summary>
    private readonly string _root;

    public DiskFolder(IFileSystem files, string root)
    {
        _files = files;
        Name = root;
        _root = Resolve(files.Path.GetFullPath(root)) ?? files.Path.GetFullPath(root);
        if (_root.Length > 1)
            _root = _root.TrimEnd(files.Path.DirectorySeparatorChar);
    }

    public string Name { get; }

    public IReadOnlyList<ContractEntry> List(string path, int most)
    {
        var found = Guard(path, () => _files.DirectoryInfo.New(Full(path)).EnumerateFileSystemInfos().Take(most).ToList());
        var entries = found.ConvertAll(info => Entry(path is "" ? info.Name : $"{path}/{info.Name}", info));
        entries.Sort(static (one, other) => string.CompareOrdinal(one.Path, other.Path));
        return entries;
    }

    public ContractEntry? Find(string path) => Guard(path, () =>
    {
        var full = Full(path);
        if (Resolve(full) is not { } real)
            return _files.FileInfo.New(full).LinkTarget is null ? null : new ContractEntry { Path = path, Kind = EntryKind.Broken };
        if (Relative(real) is not { } target)
            return new ContractEntry { Path = path, Kind = EntryKind.LeavesRoot };
        return Plain(path, target == path ? null : target, _files.Directory.Exists(real) ? _files.DirectoryInfo.New(real) : _files.FileInfo.New(real));
    });

    public byte[] Read(string path, int most) => Guard(path, () =>
    {
        var full = Full(path);
        var length = _files.FileInfo.New(full).Length;
        // What says it is empty is not opened: to open a pipe or a device can take for ever, and they say so too.
        if (length is 0)
            return [];
        var content = new byte[(int)Math.Min(length, most)];
        var read = _files is FileSystem ? ReadHere(full, path, content) : ReadThere(full, content);
        return read == content.Length ? content : content[..read];
    });

    /// <summary>Between the look at a path and its opening a link may have taken its place: what was opened is asked.</summary>
    private int ReadHere(string full, string path, byte[] content)
    {
        using var file = File.OpenHandle(full, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var real = new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{file.DangerousGetHandle()}")).LinkTarget;
        if (real is null || Relative(real) is null)
            throw new IOException($"`{path}` lies outside the folder by now.");
        var read = 0;
        while (read < content.Length && RandomAccess.Read(file, content.AsSpan(read), read) is > 0 and var more)
            read += more;
        return read;
    }

    private int ReadThere(string full, byte[] content)
    {
        using var stream = _files.FileStream.New(full, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
    }

    private string Full(string path) => path is "" ? _root : _files.Path.Combine(_root, path.Replace('/', _files.Path.DirectorySeparatorChar));

    private ContractEntry Entry(string path, IFileSystemInfo info)
    {
        if (!info.Attributes.HasFlag(FileAttributes.ReparsePoint))
            return Plain(path, target: null, info);
        if (Resolve(info.FullName) is not { } real)
            return new ContractEntry { Path = path, Kind = EntryKind.Broken };
        if (Relative(real) is not { } target)
            return new ContractEntry { Path = path, Kind = EntryKind.LeavesRoot };
        return Plain(path, target, _files.Directory.Exists(real) ? _files.DirectoryInfo.New(real) : _files.FileInfo.New(real));
    }

    private static ContractEntry Plain(string path, string? target, IFileSystemInfo info) => info is IFileInfo file
        ? new ContractEntry { Path = path, Target = target, Kind = EntryKind.File, Bytes = file.Length, Stamp = file.LastWriteTimeUtc.Ticks ^ file.Length << 1 }
        : new ContractEntry { Path = path, Target = target, Kind = EntryKind.Folder };

    /// <summary>The path under the root; null of what is outside.</summary>
    private string? Relative(string real)
    {
        if (real == _root)
            return "";
        var prefix = _root.EndsWith(_files.Path.DirectorySeparatorChar) ? _root : _root + _files.Path.DirectorySeparatorChar;
        return real.StartsWith(prefix, StringComparison.Ordinal) ? real[prefix.Length..].Replace(_files.Path.DirectorySeparatorChar, '/') : null;
    }

    /// <summary>The path without any link in it, as the system would walk it; null where it leads nowhere.</summary>
    private string? Resolve(string full)
    {
        var separator = _files.Path.DirectorySeparatorChar;
        var start = _files.Path.GetPathRoot(full) ?? "";
        var steps = new Stack<string>(full[start.Length..].Split(separator, StringSplitOptions.RemoveEmptyEntries).Reverse());
        var at = start;
        var links = 0;
        while (steps.TryPop(out var step))
        {
            if (step is ".")
                continue;
            if (step is "..")
            {
                at = _files.Path.GetDirectoryName(at) ?? start;
                continue;
            }
            var next = _files.Path.Combine(at, step);
            if (_files.FileInfo.New(next).LinkTarget is not { } target)
            {
                at = next;
                continue;
            }
            if (++links > MostLinks)
                return null;
            if (_files.Path.IsPathRooted(target))
                at = _files.Path.GetPathRoot(target) ?? start;
            foreach (var part in target.Split(separator, StringSplitOptions.RemoveEmptyEntries).Reverse())
                steps.Push(part);
        }
        return _files.Directory.Exists(at) || _files.File.Exists(at) ? at : null;
    }

    private static T Guard<T>(string path, Func<T> look)
    {
        try
        {
            return look();
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or System.Security.SecurityException or NotSupportedException or ArgumentException)
        {
            throw new IOException($"`{path}` cannot be read: {exception.Message}", exception);
        }
    }
}
