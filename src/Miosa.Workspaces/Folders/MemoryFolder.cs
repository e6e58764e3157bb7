namespace Miosa.Workspaces.Folders;

/// <summary>An image of a folder: what was read elsewhere, by whoever may, is loaded from here.</summary>
public sealed class MemoryFolder : IContractFolder
{
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<string>> _children = new(StringComparer.Ordinal) { [""] = new(StringComparer.Ordinal) };

    /// <param name="name">How the folder is called.</param>
    /// <param name="files">Contents by relative path, with `/`.</param>
    public MemoryFolder(string name, IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        Name = name;
        foreach (var (path, content) in files)
            Add(path, content);
    }

    public string Name { get; }

    public IReadOnlyList<ContractEntry> List(string path, int most) =>
        _children.TryGetValue(path, out var children) ? [.. children.Take(most).Select(child => Find(child)!)] : [];

    public ContractEntry? Find(string path) =>
        _files.TryGetValue(path, out var content) ? new ContractEntry { Path = path, Kind = EntryKind.File, Bytes = content.Length }
        : _children.ContainsKey(path) ? new ContractEntry { Path = path, Kind = EntryKind.Folder }
        : null;

    public byte[] Read(string path, int most) => !_files.TryGetValue(path, out var content) ? throw new FileNotFoundException("It is gone.", path)
        : content.Length <= most ? content
        : content[..most];

    private void Add(string path, byte[] content)
    {
        if (path.Split('/').Any(step => step is "" or "." or ".."))
            throw new ArgumentException($"`{path}` is no path relative to the folder.", nameof(path));
        _files[path] = content;
        // A parent is told of a child once; its own parents know of it then.
        for (var child = path; ; child = child[..child.LastIndexOf('/')])
        {
            var parent = child.LastIndexOf('/') is > 0 and var end ? child[..end] : "";
            if (!_children.TryGetValue(parent, out var children))
                _children[parent] = children = new(StringComparer.Ordinal);
            if (!children.Add(child) || parent is "")
                break;
        }
    }
}
