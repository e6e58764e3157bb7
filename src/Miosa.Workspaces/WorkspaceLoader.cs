using System.Globalization;
using System.IO.Abstractions;
using System.Security.Cryptography;
using Miosa.Workspaces.Folders;
using Miosa.Workspaces.Parts;
using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces;

/// <summary>
/// Reads a contract folder. It takes what it can and tells what it cannot: whatever is in the files, it comes to an
/// end, within bounds, without an exception.
/// </summary>
public sealed class WorkspaceLoader(IFileSystem? files = null, LoadLimits? limits = null)
{
    private readonly IFileSystem _files = files ?? new FileSystem();
    private readonly LoadLimits _limits = limits ?? new LoadLimits();

    /// <summary>Reads the whole folder.</summary>
    public LoadResult Load(string root, CancellationToken cancellationToken = default) => Load(new DiskFolder(_files, root), cancellationToken);

    /// <summary>Reads the whole folder.</summary>
    public LoadResult Load(IContractFolder folder, CancellationToken cancellationToken = default) => Load(folder, before: null, [], cancellationToken);

    /// <summary>Reads only what changed since.</summary>
    /// <param name="previous">What an earlier load gave.</param>
    /// <param name="changed">Paths of files or folders relative to the root that were written, made or removed. More than changed does no harm.</param>
    /// <param name="folder">The folder as it is now, where that is another object than before: a new image.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public LoadResult Reload(LoadResult previous, IReadOnlyCollection<string> changed, IContractFolder? folder = null, CancellationToken cancellationToken = default)
    {
        var image = previous.Image ?? throw new ArgumentException("This was not loaded here.", nameof(previous));
        folder ??= image.Folder;
        HashSet<string> paths = [.. changed.Select(path => path.Replace('\\', '/').Trim('/')).Where(path => IsOfContract(image, path))];
        if (paths.Count is 0)
            return folder == image.Folder ? previous : previous with { Image = image with { Folder = folder } };
        return Replace(image, folder, paths) is { } replaced ? WorkspaceAssembler.Assemble(replaced) : Load(folder, image, paths, cancellationToken);
    }

    /// <summary>The text of any file in the folder, such as a reference of a skill. Null where there is none, or no text.</summary>
    /// <param name="loaded">The workspace.</param>
    /// <param name="path">Relative to the root.</param>
    /// <param name="isCut">Whether the file is longer than what is read of one.</param>
    public string? ReadText(LoadResult loaded, string path, out bool isCut)
    {
        isCut = false;
        if (loaded.Image is not { } image || path.Split('/').Any(step => step is "" or "." or ".."))
            return null;
        try
        {
            if (image.Folder.Find(path) is not { Kind: EntryKind.File } entry)
                return null;
            var content = image.Folder.Read(entry.RealPath, _limits.FileBytes);
            isCut = entry.Bytes > content.Length;
            var (text, oddity) = TextDecoder.Decode(content, isCut);
            return oddity is TextOddity.Binary ? null : text;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private LoadResult Load(IContractFolder folder, FolderImage? before, HashSet<string> changed, CancellationToken cancellationToken)
    {
        var scan = new FolderScan(folder, _limits, cancellationToken).Run();
        var known = before?.Pieces.ToDictionary(piece => piece.File.Path, StringComparer.Ordinal);
        List<Piece?> pieces = new(scan.Files.Count);
        List<(int Index, FoundFile File, byte[] Content)> unread = [];
        List<Problem> problems = [];
        var bytes = 0L;
        var left = 0;
        foreach (var file in scan.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var size = Math.Min(file.Entry.Bytes, _limits.FileBytes);
            if (bytes + size > _limits.TotalBytes)
            {
                left++;
                continue;
            }
            bytes += size;
            var old = known?.GetValueOrDefault(file.Path) is { } same && same.File with { Entry = file.Entry } == file ? same : null;
            if (old is not null && file.Entry.Stamp is not 0 && old.File.Entry == file.Entry && !changed.Contains(file.Path))
                pieces.Add(old);
            else if (Read(folder, file, old, out var content) is { } piece)
                pieces.Add(piece);
            else
            {
                unread.Add((pieces.Count, file, content));
                pieces.Add(null);
            }
        }
        // One file knows of no other, so all processors understand them.
        Parallel.ForEach(unread, new ParallelOptions { CancellationToken = cancellationToken }, next => pieces[next.Index] = new PieceReader(_limits).Read(next.File, next.Content));
        if (left > 0)
            problems.Add(new Problem { Code = Codes.TooMany, Severity = Severity.Error, File = "", Line = 1, Column = 1, What = string.Create(CultureInfo.InvariantCulture, $"the contract is larger than {_limits.TotalBytes} bytes; {left} files were not read."), Mend = "move what is not in use out of its folders." });
        return WorkspaceAssembler.Assemble(new FolderImage { Folder = folder, Scan = scan, Pieces = [.. pieces.OfType<Piece>()], Problems = problems });
    }

    /// <summary>The image with the changed files read again; null where more changed than what is in known files.</summary>
    private FolderImage? Replace(FolderImage image, IContractFolder folder, HashSet<string> paths)
    {
        List<Piece>? pieces = null;
        foreach (var path in paths)
        {
            var index = IndexOf(image.Pieces, path);
            if (index < 0 || image.Pieces[index].File.Entry.Target is not null)
                return null;
            ContractEntry? entry;
            try
            {
                entry = folder.Find(path);
            }
            catch (IOException)
            {
                return null;
            }
            if (entry is not { Kind: EntryKind.File, Target: null })
                return null;
            pieces ??= [.. image.Pieces];
            var file = image.Pieces[index].File with { Entry = entry };
            pieces[index] = Read(folder, file, image.Pieces[index], out var content) ?? new PieceReader(_limits).Read(file, content);
        }
        return image with { Folder = folder, Pieces = pieces ?? image.Pieces };
    }

    /// <summary>What is known of a file already; null: it has to be understood.</summary>
    private Piece? Read(IContractFolder folder, FoundFile file, Piece? old, out byte[] content)
    {
        content = [];
        try
        {
            content = folder.Read(file.Entry.RealPath, _limits.FileBytes);
            return old is not null && old.File.Entry.Bytes == file.Entry.Bytes && SHA256.HashData(content).AsSpan().SequenceEqual(old.Hash) ? old with { File = file } : null;
        }
        catch (IOException exception)
        {
            return PieceReader.Unreadable(file, exception.Message);
        }
    }

    private static int IndexOf(IReadOnlyList<Piece> pieces, string path)
    {
        for (var i = 0; i < pieces.Count; i++)
        {
            if (string.Equals(pieces[i].File.Path, path, StringComparison.Ordinal))
                return i;
        }
        return -1;
    }

    /// <summary>Whether what is at a path can matter. Agents write all day, mostly elsewhere.</summary>
    private static bool IsOfContract(FolderImage image, string path)
    {
        // Links lead from the contract to anywhere.
        if (path is "" || image.Pieces.Any(piece => piece.File.Entry.Target is not null))
            return true;
        var top = path.IndexOf('/') is > 0 and var end ? path[..end] : path;
        if (top.StartsWith('.'))
            return Places.Root(top) is not null || !Places.IsNoClients(top);
        // A file that is linked to may be of any name: it is asked about when it was looked for.
        return Places.Root(top) is not null || Places.Folder(top) is not null || top is "artifacts" or "receipts" || image.Looked.ContainsKey(path);
    }
}
