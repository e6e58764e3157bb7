using Miosa.Mcp.Receipts.Chains;

namespace Miosa.Mcp.Receipts.Verification;

/// <summary>
/// Verifies receipts from files alone: no database, no home, no network. Every folder with receipts in it is one chain,
/// and anchors are looked for beside them.
/// </summary>
internal static class ReceiptVerifier
{
    private const string AnchorDirectory = "anchors";

    /// <param name="path">A folder, or a file with receipts.</param>
    /// <param name="trust">What is known beforehand.</param>
    public static VerificationReport Verify(string path, Trust trust)
    {
        var full = Path.GetFullPath(path);
        if (File.Exists(full))
            return Report(Path.GetDirectoryName(full)!, [(full, [full])], trust, inside: []);
        List<string> files = [.. Find(full)];
        var lines = files.Where(file => Path.GetExtension(file) is ".jsonl").ToList();
        var inside = lines.Where(IsAnchors).SelectMany(ReceiptFiles.Anchors).ToList();
        var chains = lines.Where(file => !IsAnchors(file)).GroupBy(file => Path.GetDirectoryName(file)!, StringComparer.Ordinal)
            .Select(chain => (chain.Key, (IReadOnlyList<string>)[.. chain.OrderBy(file => Path.GetFileName(file).Length).ThenBy(file => file, StringComparer.Ordinal)]))
            .OrderBy(chain => chain.Key, StringComparer.Ordinal).ToList();
        if (chains.Count is 0)
            chains = [.. files.GroupBy(file => Path.GetDirectoryName(file)!, StringComparer.Ordinal).Select(chain => (chain.Key, (IReadOnlyList<string>)[.. chain.Order(StringComparer.Ordinal)]))];
        return Report(full, chains, trust, inside);
    }

    /// <summary>The anchors of a file or of all files in a folder.</summary>
    public static IEnumerable<ReceiptAnchor> AnchorsIn(string path) =>
        (Directory.Exists(path) ? Find(path).Where(file => Path.GetExtension(file) is ".jsonl") : [path]).SelectMany(ReceiptFiles.Anchors);

    private static VerificationReport Report(string root, IReadOnlyList<(string Path, IReadOnlyList<string> Files)> chains, Trust trust, IReadOnlyList<ReceiptAnchor> inside)
    {
        List<ReceiptAnchor> anchors = [.. inside, .. trust.Anchors];
        List<ChainReport> reports = [.. chains.Select(chain => new ChainVerifier(root, chain.Path, chain.Files, trust, anchors).Verify())];
        List<ChainBreak> breaks =
        [
            .. reports.Where(chain => chain.ChainId is not null).GroupBy(chain => chain.ChainId, StringComparer.Ordinal).Where(same => same.Count() > 1)
                .Select(same => new ChainBreak(BreakKind.Duplicated, null, null, null, $"The chain {same.Key} is there {same.Count()} times: {string.Join(", ", same.Select(chain => chain.Path))}.")),
            .. inside.Select(anchor => anchor.ChainId).Distinct(StringComparer.Ordinal).Where(id => reports.All(chain => chain.ChainId != id && chain.ChainId is not null))
                .Select(id => new ChainBreak(BreakKind.ChainMissing, null, null, null, $"An anchor names the chain {id}, which is not there.")),
            .. MissingOfThisHost(root, reports, trust).Select(id => new ChainBreak(BreakKind.ChainMissing, null, null, null, $"This host has the chain {id} of the same workspace, which is not there.")),
        ];
        return new VerificationReport { Chains = reports, Breaks = breaks };
    }

    /// <summary>Of a whole folder of a workspace; who verifies one chain by itself misses no other.</summary>
    private static IEnumerable<string> MissingOfThisHost(string root, IReadOnlyList<ChainReport> reports, Trust trust)
    {
        var ours = reports.Where(chain => chain.ChainId is not null && trust.HostHeads.ContainsKey(chain.ChainId)).Select(chain => chain.Workspace).ToHashSet(StringComparer.Ordinal);
        return reports.Any(chain => Path.GetFullPath(chain.Path, root) == root) ? []
            : trust.HostHeads.Where(head => ours.Contains(head.Value.Workspace) && reports.All(chain => chain.ChainId != head.Key)).Select(head => head.Key);
    }

    private static bool IsAnchors(string file) => Path.GetFileName(file) is ReceiptFolders.AnchorFileName || Path.GetFileName(Path.GetDirectoryName(file)) is AnchorDirectory;

    // Links are not followed: a folder that a stranger made must not lead out of itself.
    private static IEnumerable<string> Find(string directory) => Directory.EnumerateFiles(directory, "*.json*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, MaxRecursionDepth = 8 })
        .Where(file => Path.GetExtension(file) is ".json" or ".jsonl");
}
