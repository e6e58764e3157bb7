namespace Miosa.Mcp.Workspaces.Moving;

/// <summary>How much of a folder is moved at once.</summary>
internal static class FolderBounds
{
    public const int MostFiles = 20_000;
    public const int MostListed = 50_000;
    public const int MostOfFile = 128 << 20;
    public const long MostOfAll = 1L << 30;
    public const int Depth = 32;
    private const int MostNamed = 20;

    /// <summary>Permissions that mean the same on both sides; no file becomes somebody else's program.</summary>
    public const UnixFileMode Modes = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>What is made again where it is needed. Git's own directory is not among them.</summary>
    public static IReadOnlyList<string> Skipped { get; } = ["node_modules", "__pycache__", ".venv", "venv", ".next", ".cache"];

    public static IEnumerable<string> Few(IReadOnlyList<string> paths) =>
        [.. paths.Take(MostNamed).Select(path => $"  {path}"), .. paths.Count > MostNamed ? (string[])[$"  and {paths.Count - MostNamed} more"] : []];
}
