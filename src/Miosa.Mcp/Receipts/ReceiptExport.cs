using System.Text;
using Miosa.Mcp.Receipts.Chains;
using Miosa.Mcp.Receipts.Signing;

namespace Miosa.Mcp.Receipts;

/// <summary>A workspace's receipts as files that go together: chains, anchors, keys, and how to verify them without this program.</summary>
internal static class ReceiptExport
{
    private const string ReadMe = """
        # Receipts

        Each line of the files in `0001/`, `0002/`, … is one receipt: what an agent asked for, what was decided, and what was done.
        A folder is one chain: every receipt names the hash of the one before it, so none can be changed, removed, added or moved without it showing.

        Verify them: `miosa receipts verify .` (add `--key FINGERPRINT` with a fingerprint that you know from elsewhere; without it the chain only vouches for itself).

        Without that program: a receipt is an Agent Receipt v0.5.0. Take the line as JSON, remove `proof`, write it in the canonical form of RFC 8785, and verify
        `proof.proofValue` (base64url behind the `u`) over these bytes with Ed25519. The key is in `proof.verificationMethod`, a `did:key`, and in `keys/` as PEM.
        SHA-256 of the same bytes is what `credentialSubject.chain.previous_receipt_hash` of the next receipt says. The first key is the issuer's name;
        a receipt with `keyRotation`, signed by the old key, names the next. `anchors.jsonl` has signed words of how long a chain was at a time: keep a copy elsewhere,
        and a chain whose end was cut off shows.

        The host has the originals. A change here changes nothing there.

        """;

    /// <summary>Every file and how to open it, the names as seen from the folder. Only whole lines are to be taken: the host may be writing.</summary>
    public static IEnumerable<(string Path, Func<Stream> Open)> FilesOf(ReceiptFolders folders, string workspace)
    {
        yield return ("README.md", () => new MemoryStream(Encoding.UTF8.GetBytes(ReadMe)));
        foreach (var (number, chain) in ReceiptFolders.ChainsIn(folders.WorkspaceOf(workspace)))
        {
            foreach (var segment in ReceiptFolders.SegmentsIn(chain))
                yield return ($"{ReceiptFolders.ChainName(number)}/{Path.GetFileName(segment)}", () => Read(segment));
        }
        if (File.Exists(folders.AnchorsOf(workspace)))
            yield return (ReceiptFolders.AnchorFileName, () => Read(folders.AnchorsOf(workspace)));
        foreach (var key in Directory.EnumerateFiles(folders.Keys, "*.pem"))
            yield return ($"keys/{Path.GetFileName(key)}", () => Read(key));
    }

    /// <summary>Copies them into a new folder, and anchors the end of each chain that has a key here.</summary>
    public static void Copy(ReceiptFolders folders, string workspace, string target, TimeProvider time)
    {
        Directory.CreateDirectory(target);
        foreach (var (path, open) in FilesOf(folders, workspace))
        {
            var file = Path.Combine(target, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            using (var from = open())
            using (var to = new FileStream(file, FileMode.CreateNew))
                from.CopyTo(to);
            CutToWholeLines(file);
        }
        using var keys = new KeyRing(folders);
        foreach (var (_, chain) in ReceiptFolders.ChainsIn(target))
        {
            if (ReceiptFolders.SegmentsIn(chain) is not [.., var segment] || ReceiptFiles.LastReceipt(segment) is not { } last)
                continue;
            var signer = last.Rotation is { } rotation ? PublicKey.FromMultibase(rotation.GetProperty("new_public_key").GetString()!) : PublicKey.FromDid(last.VerificationMethod);
            if (signer is not null && keys.Find(signer) is { } key)
                File.AppendAllText(Path.Combine(target, ReceiptFolders.AnchorFileName), Encoding.UTF8.GetString(ReceiptAnchor.Sign(last.Link.ChainId, last.Link.Sequence, last.Hash, time.GetUtcNow(), key).Write()) + "\n");
        }
    }

    private static FileStream Read(string path) => new(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete });

    private static void CutToWholeLines(string file)
    {
        if (Path.GetExtension(file) is not ".jsonl" || ReceiptFiles.Lines(file, Math.Max(0, new FileInfo(file).Length - ReceiptFiles.LongestLine)).LastOrDefault() is not { IsWhole: false, Line.Length: > 0 } torn)
            return;
        using var stream = new FileStream(file, FileMode.Open);
        stream.SetLength(torn.Offset);
    }
}
