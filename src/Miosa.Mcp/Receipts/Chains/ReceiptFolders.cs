using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Receipts.Chains;

/// <summary>Where receipts lie in the home, and what may be in there: files of the owner alone.</summary>
internal sealed partial class ReceiptFolders(string root)
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    public const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const string AnchorFileName = "anchors.jsonl";

    public static ReceiptFolders In(MiosaHome home) => new(Path.Combine(home.Path, "receipts"));

    public string Root { get; } = root;

    public string Keys => Path.Combine(Root, "keys");

    public string Workspaces => Path.Combine(Root, "workspaces");

    /// <summary>Beside the chains and not among them, so that whoever cuts one does not cut the other by the way.</summary>
    public string Anchors => Path.Combine(Root, "anchors");

    public string WorkspaceOf(string workspace) => Path.Combine(Workspaces, NameOf(workspace));

    public string AnchorsOf(string workspace) => Path.Combine(Anchors, NameOf(workspace) + ".jsonl");

    public static string ChainName(int number) => number.ToString("0000", CultureInfo.InvariantCulture);

    public static string SegmentName(long first) => first.ToString("000000000", CultureInfo.InvariantCulture) + ".jsonl";

    /// <summary>The chains in a workspace's folder, the first one first.</summary>
    public static IReadOnlyList<(int Number, string Directory)> ChainsIn(string workspaceDirectory) => !Directory.Exists(workspaceDirectory) ? [] :
    [
        .. Directory.EnumerateDirectories(workspaceDirectory)
            .Select(directory => (Number: int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0, directory))
            .Where(chain => chain.Number > 0).OrderBy(chain => chain.Number),
    ];

    public static IReadOnlyList<string> SegmentsIn(string chainDirectory) =>
        [.. Directory.EnumerateFiles(chainDirectory, "*.jsonl").Where(path => Path.GetFileName(path) is not AnchorFileName).OrderBy(path => path.Length).ThenBy(path => path, StringComparer.Ordinal)];

    public static void Create(string directory) => Directory.CreateDirectory(directory, OwnerOnly);

    /// <summary>A name for the folder of a workspace, whatever a client calls it: its own where that is plain, else its hash.</summary>
    public static string NameOf(string workspace) =>
        Plain().IsMatch(workspace) ? workspace : "~" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(workspace)))[..24];

    [GeneratedRegex(@"^[a-z0-9][a-z0-9_-]{0,63}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Plain();
}
