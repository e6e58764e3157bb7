namespace Miosa.Mcp.Workspaces.Folders;

/// <summary>Folders that hold much and never a contract.</summary>
internal static class SkippedFolders
{
    public static IReadOnlyList<string> Names { get; } =
        [".git", "node_modules", "__pycache__", ".venv", "venv", ".next", ".cache", "dist", "build", "target", "vendor", "bin", "obj"];
}
