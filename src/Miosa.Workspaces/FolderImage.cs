using Miosa.Workspaces.Folders;
using Miosa.Workspaces.Parts;

namespace Miosa.Workspaces;

/// <summary>What the loader remembers of each file, so that one that changed is read alone.</summary>
internal sealed record FolderImage
{
    public required IContractFolder Folder { get; init; }
    public required FolderScan Scan { get; init; }

    /// <summary>In the order in which they were found.</summary>
    public required IReadOnlyList<Piece> Pieces { get; init; }

    /// <summary>Problems that belong to no one file: bounds that were met while reading.</summary>
    public IReadOnlyList<Problem> Problems { get; init; } = [];

    /// <summary>Whether files that are no part of the contract are there, as asked so far.</summary>
    public Dictionary<string, bool> Looked { get; init; } = new(StringComparer.Ordinal);
}
