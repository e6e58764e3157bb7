namespace Miosa.Mcp.Workspaces.Folders;

/// <summary>Which files of a folder are kept beside the host, and how much of them.</summary>
internal static class MirrorRules
{
    /// <summary>Of one file; the loader reads no more of it either.</summary>
    public const int MostOfFile = 1 << 20;

    /// <summary>Of a file of a skill that is no text by its name.</summary>
    public const int MostOfAsset = 256 << 10;

    /// <summary>Of all together.</summary>
    public const long MostOfAll = 64L << 20;

    public const int MostFiles = 20_000;

    /// <summary>Where a company keeps what its sandboxes start as; all of it is needed to build them.</summary>
    public const string TemplateRoot = "templates/";

    private static readonly HashSet<string> Texts = new([".md", ".markdown", ".mdc", ".yaml", ".yml", ".json", ".txt", ".toml"], StringComparer.OrdinalIgnoreCase);
    private static readonly HashSet<string> Names = new([".cursorrules", ".windsurfrules", ".clinerules"], StringComparer.Ordinal);

    /// <summary>How many bytes of it are kept; zero keeps only that it is there and how large it is, null not even that.</summary>
    public static int? Kept(FolderFile file)
    {
        var path = file.Path;
        var isOutput = path.StartsWith("artifacts/", StringComparison.Ordinal) || path.StartsWith("receipts/", StringComparison.Ordinal);
        if (isOutput)
            return path is "artifacts/README.md" or "receipts/README.md" ? MostOfFile : 0;
        if (path.StartsWith(TemplateRoot, StringComparison.Ordinal))
            return file.Size <= MostOfFile ? MostOfFile : 0;
        if (Texts.Contains(Path.GetExtension(path)) || Names.Contains(Path.GetFileName(path)))
            return MostOfFile;
        if (!path.StartsWith("skills/", StringComparison.Ordinal) && !path.Contains("/skills/", StringComparison.Ordinal))
            return null;
        return file.Size <= MostOfAsset ? MostOfAsset : 0;
    }

    /// <summary>Whether a path can be a path here: nothing in it climbs, hides or is longer than a name may be.</summary>
    public static bool IsSound(string path) =>
        path.Length is > 0 and <= 1024 && !path.Contains('\\', StringComparison.Ordinal) && !path.Any(char.IsControl)
        && path.Split('/').All(name => name is not ("" or "." or "..") && System.Text.Encoding.UTF8.GetByteCount(name) <= 240);

    /// <summary>Where a link leads within the folder; null where it leads out of it or nowhere.</summary>
    public static string? Target(string path, string linkTarget)
    {
        if (linkTarget.Length is 0 || linkTarget[0] is '/')
            return null;
        var steps = new List<string>(path.Split('/')[..^1]);
        foreach (var step in linkTarget.Split('/'))
        {
            if (step is "" or ".")
                continue;
            if (step is not "..")
                steps.Add(step);
            else if (steps.Count is 0)
                return null;
            else
                steps.RemoveAt(steps.Count - 1);
        }
        return steps.Count is 0 ? null : string.Join('/', steps);
    }
}
