namespace Miosa.Mcp.Workspaces.Folders;

/// <summary>Tells of changes below a folder of this machine.</summary>
internal sealed class DirectoryWatch : IDisposable
{
    private readonly FileSystemWatcher _watcher;
    private readonly DateTime _made;

    private DirectoryWatch(string directory, Action<IReadOnlyList<string>?> changed)
    {
        _made = Directory.GetCreationTimeUtc(directory);
        _watcher = new FileSystemWatcher(directory) { IncludeSubdirectories = true, InternalBufferSize = 64 * 1024 };
        _watcher.NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size;
        _watcher.Created += (_, change) => Tell(change.Name);
        _watcher.Changed += (_, change) => Tell(change.Name);
        _watcher.Deleted += (_, change) => Tell(change.Name);
        _watcher.Renamed += (_, _) => changed(null);
        _watcher.Error += (_, _) => changed(null);
        _watcher.EnableRaisingEvents = true;

        void Tell(string? path)
        {
            if (path is not null && !SkippedFolders.Hide(path))
                changed([path]);
        }
    }

    /// <summary>Null where the machine has no more watches to give: the folder is then looked at only when somebody asks for it.</summary>
    public static DirectoryWatch? TryStart(string directory, Action<IReadOnlyList<string>?> changed)
    {
        try
        {
            return new DirectoryWatch(directory, changed);
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether the directory is the one that is watched: one that was deleted and made again is another, of which this hears nothing.</summary>
    // Where the file system does not know when it was made, one that changed seems another too, and is watched anew for nothing.
    public bool IsOfWhatIsThere => Directory.GetCreationTimeUtc(_watcher.Path) == _made;

    public void Dispose() => _watcher.Dispose();
}
