using System.Text.Json;

namespace Miosa.Mcp.Workspaces.Folders;

/// <summary>
/// A copy of what matters of a contract's folder, in the host's home: plain files that only the host writes, so whoever
/// reads it follows no link and waits for no sandbox. It outlives the host, and the sandbox's sleep.
/// </summary>
/// <param name="directory">Where it is kept, with what is known about it.</param>
/// <param name="name">The name of the copy itself: what a company is called that has no other name.</param>
internal sealed class FolderMirror(string directory, string name)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int MostNotes = 50;
    private Dictionary<string, MirroredFile>? _files;

    /// <summary>The copy itself.</summary>
    public string Tree { get; } = Path.Combine(directory, "tree", name);

    private string Manifest => Path.Combine(directory, "manifest.json");

    /// <summary>Every file that is known, by its path.</summary>
    public IReadOnlyDictionary<string, MirroredFile> Files => _files ??= Read();

    public IReadOnlyList<string> Notes { get; private set; } = [];

    /// <summary>Whether it was ever filled.</summary>
    public bool Exists => File.Exists(Manifest);

    /// <summary>Makes the copy like the folder.</summary>
    /// <param name="folder">What it is a copy of.</param>
    /// <param name="suspects">Paths that may have changed, whatever their version says; null where it may be any of them.</param>
    /// <param name="cancellationToken">Leaves what was copied so far.</param>
    /// <returns>The paths that changed.</returns>
    public async Task<IReadOnlyList<string>> SyncAsync(IFolderSource folder, IReadOnlySet<string>? suspects, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Tree, OwnerOnly);
        var listing = await folder.ListAsync(cancellationToken);
        var plan = MirrorPlan.Of(listing);
        var known = new Dictionary<string, MirroredFile>(Files, StringComparer.Ordinal);
        List<string> changed = [];
        List<string> unread = [];
        // What could not be looked at has not gone: else a folder that nobody may read would be one without limits.
        foreach (var (path, present) in known.Where(file => !plan.Files.ContainsKey(file.Key)).ToList())
        {
            if (listing.IsPartial || listing.Unread.Any(directory => Holds(directory, path) || Holds(directory, present.From)))
                continue;
            Remove(path);
            known.Remove(path);
            changed.Add(path);
        }
        foreach (var (path, wanted) in plan.Files)
        {
            var isSame = known.TryGetValue(path, out var present) && present == wanted;
            if (isSame && !(suspects is null ? wanted.Kept > 0 : suspects.Contains(path) || suspects.Contains(wanted.From)))
                continue;
            var content = wanted.Kept is 0 ? [] : await folder.ReadAsync(wanted.From, wanted.Kept, cancellationToken);
            if (isSame && content is { Length: > 0 } && TryRead(path) is { } kept && kept.AsSpan().SequenceEqual(content))
                continue;
            changed.Add(path);
            if (content is null)
            {
                // Gone again.
                unread.Add($"`{path}` could not be read; what it said before counts.");
                continue;
            }
            await CopyAsync(path, wanted, content, cancellationToken);
            known[path] = wanted;
        }
        Notes = [.. listing.Notes.Concat(plan.Notes).Concat(unread).Take(MostNotes)];
        _files = known;
        if (changed.Count > 0 || !Exists)
            await WriteAsync(known, cancellationToken);
        return changed;
    }

    private static bool Holds(string directory, string path) => directory is "" || path.StartsWith(directory + "/", StringComparison.Ordinal);

    /// <summary>The text of a file, or its bytes; null where its content is not kept.</summary>
    public byte[]? TryRead(string path)
    {
        if (!Files.TryGetValue(path, out var file) || file.Kept is 0)
            return null;
        try
        {
            using var stream = File.OpenRead(Path.Combine(Tree, path));
            var bytes = new byte[Math.Min(file.Kept, stream.Length)];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Delete()
    {
        _files = null;
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
    }

    private async Task CopyAsync(string path, MirroredFile wanted, byte[] content, CancellationToken cancellationToken)
    {
        var target = Path.Combine(Tree, path);
        MakeParents(target);
        var next = Path.Combine(directory, "next");
        await using (var stream = new FileStream(next, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            await stream.WriteAsync(content, cancellationToken);
            // What is not kept is a hole: the size is right and nothing is stored.
            if (content.Length == wanted.Kept || wanted.Kept is 0)
                stream.SetLength(Math.Max(content.Length, Math.Min(wanted.Size, 1L << 40)));
        }
        File.Move(next, target, overwrite: true);
    }

    /// <summary>What was a file may have become a folder, and the other way round.</summary>
    private void MakeParents(string target)
    {
        for (var parent = Path.GetDirectoryName(target)!; parent.Length > Tree.Length; parent = Path.GetDirectoryName(parent)!)
        {
            if (File.Exists(parent))
                File.Delete(parent);
        }
        Directory.CreateDirectory(Path.GetDirectoryName(target)!, OwnerOnly);
        if (Directory.Exists(target))
            Directory.Delete(target, recursive: true);
    }

    private void Remove(string path)
    {
        var target = Path.Combine(Tree, path);
        if (File.Exists(target))
            File.Delete(target);
        for (var parent = Path.GetDirectoryName(target)!; parent.Length > Tree.Length && Directory.Exists(parent) && !Directory.EnumerateFileSystemEntries(parent).Any(); parent = Path.GetDirectoryName(parent)!)
            Directory.Delete(parent);
    }

    private Dictionary<string, MirroredFile> Read()
    {
        try
        {
            var read = JsonSerializer.Deserialize(File.ReadAllBytes(Manifest), MirrorJson.Default.DictionaryStringMirroredFile);
            return read is null ? [] : new Dictionary<string, MirroredFile>(read, StringComparer.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or JsonException or UnauthorizedAccessException)
        {
            // Never filled, or cut off: it is filled anew.
            return [];
        }
    }

    private async Task WriteAsync(Dictionary<string, MirroredFile> files, CancellationToken cancellationToken)
    {
        var next = Manifest + ".new";
        await File.WriteAllBytesAsync(next, JsonSerializer.SerializeToUtf8Bytes(files, MirrorJson.Default.DictionaryStringMirroredFile), cancellationToken);
        File.Move(next, Manifest, overwrite: true);
    }
}
