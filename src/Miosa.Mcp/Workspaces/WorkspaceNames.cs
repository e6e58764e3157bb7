using System.Security.Cryptography;
using System.Text;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Workspaces;

/// <summary>What a workspace may be called that has a folder.</summary>
internal static class WorkspaceNames
{
    private const int Longest = 64;

    public static bool IsName(string name) =>
        name.Length is > 0 and <= Longest && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') && char.IsAsciiLetterOrDigit(name[0]);

    public static ToolFailureException NotAName(string name) => new(
        ToolErrorCode.InvalidInput,
        $"`{ResultBudget.Start(name, 80)}` is no name for a workspace with a folder: 1 to {Longest} letters, digits, dots, dashes and underscores, a letter or digit first.",
        "Connect with another name (`miosa mcp --workspace NAME`, header X-Miosa-Workspace).");

    /// <summary>The name that a folder gives a workspace where nobody says another.</summary>
    public static string Of(string directory)
    {
        var letters = Path.GetFileName(Path.TrimEndingDirectorySeparator(directory)).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-');
        var name = string.Concat(letters).Trim('.', '-', '_');
        return name.Length is 0 ? "workspace" : name[..Math.Min(name.Length, Longest)];
    }

    /// <summary>A directory name for it that no other workspace has, upper and lower case being two.</summary>
    public static string Key(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..24];
}
