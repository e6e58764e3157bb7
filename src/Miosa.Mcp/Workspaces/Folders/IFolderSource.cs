namespace Miosa.Mcp.Workspaces.Folders;

/// <summary>
/// Where a contract's files are: in a sandbox, or on this machine. Whoever may write there is trusted with nothing but
/// the words in the files, so both are read the same way, without following a link.
/// </summary>
internal interface IFolderSource
{
    /// <summary>What is there, links as links. Throws where the folder cannot be looked at now.</summary>
    Task<FolderListing> ListAsync(CancellationToken cancellationToken);

    /// <summary>The first bytes of a regular file; null where there is none of that name any more.</summary>
    Task<byte[]?> ReadAsync(string path, int most, CancellationToken cancellationToken);
}

/// <summary>What was found in a folder.</summary>
internal sealed record FolderListing
{
    public IReadOnlyList<FolderFile> Files { get; init; } = [];

    /// <summary>Directories with nothing in them, where the source tells: git does not work without some.</summary>
    public IReadOnlyList<string> EmptyDirectories { get; init; } = [];

    /// <summary>Whether there may be more than was seen, nobody knows where.</summary>
    public bool IsPartial { get; init; }

    /// <summary>Directories that could not be read, where the source tells which; what is below them is not known.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];

    /// <summary>What could not be looked at, in words for a person.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>A file or a link.</summary>
/// <param name="Path">Below the folder, with `/`.</param>
/// <param name="Size">In bytes; of a link it says nothing.</param>
/// <param name="Version">Another one means another content, as far as the file system tells.</param>
/// <param name="LinkTarget">What a link says; null for a file.</param>
/// <param name="Mode">Its permissions.</param>
internal sealed record FolderFile(string Path, long Size, string Version, string? LinkTarget = null, UnixFileMode Mode = UnixFileMode.None);
