namespace Miosa.Workspaces.Folders;

/// <summary>
/// Where a contract is read from: a folder on disk, or an image of one in memory. Paths are relative, with `/`; the root
/// is the empty path. Nothing outside the root can be named.
/// </summary>
public interface IContractFolder
{
    /// <summary>How the folder is called where it is.</summary>
    string Name { get; }

    /// <summary>What is in a folder, by name, or as much of it.</summary>
    /// <exception cref="IOException">It cannot be listed.</exception>
    IReadOnlyList<ContractEntry> List(string path, int most);

    /// <summary>What is at a path; null where nothing is.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    ContractEntry? Find(string path);

    /// <summary>A file's first bytes.</summary>
    /// <exception cref="IOException">It cannot be read, is gone, or lies outside the root by now.</exception>
    byte[] Read(string path, int most);
}
