using System.Text;
using Miosa.Workspaces.Folders;
using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces.Bridges;

/// <summary>The contract that generated files were made from, put together again from them.</summary>
internal static class RestoredFolder
{
    /// <summary>An image of it; null where nothing can be got back. Of two files that carry the same, the first counts.</summary>
    public static MemoryFolder? From(FolderImage image, LoadLimits limits)
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        var paths = image.Pieces.Where(piece => piece.IsGenerated).Select(piece => piece.File.Entry)
            .Select(entry => (entry.Path, entry.RealPath, entry.Bytes))
            .Concat(image.Scan.SkillFiles.Values.SelectMany(list => list).Where(SkillFiles.IsReadable).Select(file => (file.Path, RealPath: file.Path, file.Bytes)))
            .OrderBy(file => file.Path, StringComparer.Ordinal);
        var bytes = 0L;
        foreach (var (_, real, size) in paths)
        {
            if (size > limits.FileBytes || (bytes += size) > limits.TotalBytes || Read(image.Folder, real, limits) is not { } text || !GeneratedMarker.IsIn(text))
                continue;
            foreach (var file in RestoredFile.From(text).Where(file => IsInside(file.Path)))
                files.TryAdd(file.Path, Encoding.UTF8.GetBytes(file.Text));
        }
        return files.Count is 0 ? null : new MemoryFolder(image.Folder.Name, files);
    }

    private static string? Read(IContractFolder folder, string path, LoadLimits limits)
    {
        try
        {
            return TextDecoder.Decode(folder.Read(path, limits.FileBytes)).Text;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static bool IsInside(string path) => !path.Split('/').Any(step => step is "" or "." or "..");
}
