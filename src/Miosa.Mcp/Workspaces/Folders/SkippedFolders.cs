namespace Miosa.Mcp.Workspaces.Folders;

/// <summary>Folders that hold much and never a contract.</summary>
internal static class SkippedFolders
{
    /// <summary>Skipped wherever they are.</summary>
    public static IReadOnlyList<string> Everywhere { get; } = [".git", "node_modules", "__pycache__", ".venv", "venv", ".next", ".cache"];

    public static IReadOnlyList<string> Names { get; } = [.. Everywhere, "dist", "build", "target", "vendor", "bin", "obj"];

    /// <summary>Those that are skipped in a folder: what a template puts into `bin` is not what a compiler left there.</summary>
    public static IReadOnlyList<string> NamesIn(string folder) =>
        folder == MirrorRules.TemplateRoot[..^1] || folder.StartsWith(MirrorRules.TemplateRoot, StringComparison.Ordinal) ? Everywhere : Names;

    /// <summary>Whether a path leads through one that is skipped.</summary>
    public static bool Hide(string path)
    {
        var names = NamesIn(path);
        return path.Split('/').Any(name => names.Contains(name));
    }
}
