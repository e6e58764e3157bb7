using Miosa.Mcp.Receipts.Chains;
using Miosa.Mcp.Receipts.Format;
using Miosa.Mcp.Receipts.Signing;

namespace Miosa.Mcp.Receipts.Verification;

/// <summary>What whoever verifies knows beforehand, from elsewhere than the folder.</summary>
internal sealed record Trust
{
    /// <summary>Keys that were named whole.</summary>
    public IReadOnlyList<PublicKey> Keys { get; init; } = [];

    /// <summary>Keys that were named by their fingerprints.</summary>
    public IReadOnlyList<string> Fingerprints { get; init; } = [];

    /// <summary>Anchors that were kept elsewhere.</summary>
    public IReadOnlyList<ReceiptAnchor> Anchors { get; init; } = [];

    /// <summary>The fingerprints of this host's own keys, where there is a host.</summary>
    public IReadOnlyList<string> HostKeys { get; init; } = [];

    /// <summary>How far this host's own files go for a chain.</summary>
    public IReadOnlyDictionary<string, HostHead> HostHeads { get; init; } = new Dictionary<string, HostHead>();

    public bool IsPinned => Keys.Count + Fingerprints.Count > 0;

    public bool Pins(PublicKey key) => Keys.Contains(key) || Fingerprints.Contains(key.Fingerprint, StringComparer.OrdinalIgnoreCase);

    /// <summary>With a key that was named as a file in PEM, a `did:key` or a fingerprint; null where it is none of them.</summary>
    public Trust? With(string key)
    {
        if (ReceiptFormat.HashPattern().IsMatch(key))
            return this with { Fingerprints = [.. Fingerprints, key] };
        return (PublicKey.FromDid(key) ?? (File.Exists(key) ? PublicKey.FromPem(File.ReadAllText(key)) : null)) is { } found ? this with { Keys = [.. Keys, found] } : null;
    }

    /// <summary>With what this host remembers itself.</summary>
    public Trust With(ReceiptFolders folders)
    {
        if (!Directory.Exists(folders.Workspaces))
            return this;
        Dictionary<string, HostHead> heads = new(StringComparer.Ordinal);
        foreach (var (_, chain) in Directory.EnumerateDirectories(folders.Workspaces).SelectMany(ReceiptFolders.ChainsIn))
        {
            if (ReceiptFolders.SegmentsIn(chain) is [.., var segment] && ReceiptFiles.LastReceipt(segment) is { } last)
                heads[last.Link.ChainId] = new HostHead(last.Workspace ?? "", last.Link.Sequence, last.Hash);
        }
        return this with
        {
            HostHeads = heads,
            HostKeys = [.. Directory.EnumerateFiles(folders.Keys, "*.pem").Select(file => PublicKey.FromPem(File.ReadAllText(file))).OfType<PublicKey>().Select(key => key.Fingerprint)],
        };
    }
}

/// <summary>How far this host's own files of a chain go.</summary>
internal sealed record HostHead(string Workspace, long Sequence, string Head);
