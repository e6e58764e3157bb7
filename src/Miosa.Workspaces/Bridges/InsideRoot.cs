using System.IO.Abstractions;

namespace Miosa.Workspaces.Bridges;

/// <summary>Paths that stay in the folder: an agent may own its files, and a person's rights write to them.</summary>
public static class InsideRoot
{
    /// <summary>The full path, or null where a link, or a name that climbs out, is on the way.</summary>
    public static string? Find(IFileSystem files, string root, string path)
    {
        var place = files.Path.GetFullPath(root);
        foreach (var step in path.Split('/'))
        {
            if (step is "" or "." or ".." || step.Contains('\\', StringComparison.Ordinal))
                return null;
            place = files.Path.Combine(place, step);
            if (IsLink(files, place))
                return null;
        }
        return place;
    }

    public static bool IsLink(IFileSystem files, string place) =>
        files.FileInfo.New(place).LinkTarget is not null || files.DirectoryInfo.New(place).LinkTarget is not null;
}
