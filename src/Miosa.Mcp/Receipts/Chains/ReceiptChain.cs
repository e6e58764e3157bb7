using System.Buffers;
using Miosa.Mcp.Receipts.Format;
using Miosa.Mcp.Receipts.Signing;

namespace Miosa.Mcp.Receipts.Chains;

/// <summary>The chain that a workspace's receipts are added to. Used by the one thread that writes.</summary>
internal sealed class ReceiptChain
{
    private const int SegmentReceipts = 4_096;

    /// <summary>More than the longest line can be.</summary>
    private const int TailBytes = 1024 * 1024;

    /// <summary>Kept for the next write unless it grew; there may be many chains.</summary>
    private const int KeptBytes = 8 * 1024;

    private ArrayBufferWriter<byte> _pending = new();
    private readonly string _directory;
    private long _written;
    private long _segmentFirst;
    private long _segmentLength;

    private ReceiptChain(string workspace, int number, string chainId, string directory, PublicKey issuer, SigningKey key)
    {
        Workspace = workspace;
        Number = number;
        ChainId = chainId;
        Issuer = issuer;
        Key = key;
        _directory = directory;
    }

    public string Workspace { get; }

    public int Number { get; }

    public string ChainId { get; }

    /// <summary>The key that began it.</summary>
    public PublicKey Issuer { get; }

    public SigningKey Key { get; private set; }

    /// <summary>The number of its last receipt, written or about to be.</summary>
    public long Sequence { get; private set; }

    public string? Hash { get; private set; }

    public bool IsTerminal { get; private set; }

    /// <summary>The number of the last receipt that an anchor names.</summary>
    public long Anchored { get; set; }

    /// <summary>The file of the last receipt, as seen from the workspace's folder.</summary>
    public string Segment => Path.Combine(ReceiptFolders.ChainName(Number), ReceiptFolders.SegmentName(_segmentFirst));

    public static ReceiptChain Begin(ReceiptFolders folders, string workspace, int number, SigningKey key)
    {
        var directory = Path.Combine(folders.WorkspaceOf(workspace), ReceiptFolders.ChainName(number));
        ReceiptFolders.Create(directory);
        return new ReceiptChain(workspace, number, $"urn:uuid:{Guid.NewGuid()}", directory, key.Public, key);
    }

    /// <summary>The chain as its files have it; null with a reason where it cannot be gone on with.</summary>
    public static ReceiptChain? Open(ReceiptFolders folders, string workspace, int number, KeyRing keys, out string? problem)
    {
        problem = null;
        var directory = Path.Combine(folders.WorkspaceOf(workspace), ReceiptFolders.ChainName(number));
        if (ReceiptFolders.SegmentsIn(directory) is not [.., var segment])
            return null;
        var tail = ReadHealed(segment, out var length);
        if (tail.Length is 0)
        {
            // The host died before the first receipt of this file was whole; the one before it has the end.
            File.Delete(segment);
            return Open(folders, workspace, number, keys, out problem);
        }
        if (ReadReceipt.TryRead(tail, out var fault) is not { } last)
        {
            problem = fault;
            return null;
        }
        var signer = PublicKey.FromDid(last.VerificationMethod);
        var key = signer is not null && last.IsSignedBy(signer) ? last.Rotation is { } rotation ? PublicKey.FromMultibase(rotation.GetProperty("new_public_key").GetString()!) : signer : null;
        if (key is null || PublicKey.FromDid(last.Issuer) is not { } issuer || last.Workspace != ReceiptWords.Fit(workspace, 200))
        {
            problem = "its last receipt was not written by this host";
            return null;
        }
        if (keys.Find(key) is not { } found)
        {
            problem = $"the key {key.Fingerprint} that goes on with it is gone";
            return null;
        }
        return new ReceiptChain(workspace, number, last.Link.ChainId, directory, issuer, found)
        {
            Sequence = last.Link.Sequence,
            Hash = last.Hash,
            IsTerminal = last.IsTerminal,
            _written = last.Link.Sequence,
            _segmentFirst = long.Parse(Path.GetFileNameWithoutExtension(segment), System.Globalization.CultureInfo.InvariantCulture),
            _segmentLength = length,
        };
    }

    /// <summary>Signs the next one. It is on disk after <see cref="Write"/>.</summary>
    public SealedReceipt Add(ReceiptDraft draft, ReceiptSealer sealer, DateTimeOffset now, SigningKey? next = null)
    {
        var receipt = sealer.Seal(draft, new ReceiptLink(ChainId, Sequence + 1, Hash), Issuer, Key, next?.Public, now);
        _pending.Write(receipt.Line);
        _pending.Write("\n"u8);
        Sequence++;
        Hash = receipt.Receipt.Hash;
        IsTerminal = draft.Kind is ReceiptKind.Closed;
        Key = next ?? Key;
        return receipt;
    }

    /// <summary>Puts what was added into the file, in one write, and says where it begins.</summary>
    /// <exception cref="IOException">It could not be; the chain must be opened again.</exception>
    public (string Segment, long Offset, ReadOnlyMemory<byte> Bytes) Write()
    {
        if (_segmentFirst is 0 || _written - _segmentFirst + 1 >= SegmentReceipts)
            (_segmentFirst, _segmentLength) = (_written + 1, 0);
        var path = Path.Combine(_directory, ReceiptFolders.SegmentName(_segmentFirst));
        var offset = _segmentLength;
        using (var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite))
        {
            if (offset is 0)
                File.SetUnixFileMode(file, ReceiptFolders.OwnerFile);
            if (RandomAccess.GetLength(file) != offset)
                throw new IOException($"{path} was changed by somebody else.");
            RandomAccess.Write(file, _pending.WrittenSpan, offset);
        }
        var bytes = _pending.WrittenSpan.ToArray();
        if (_pending.Capacity > KeptBytes)
            _pending = new ArrayBufferWriter<byte>();
        _pending.ResetWrittenCount();
        _written = Sequence;
        _segmentLength += bytes.Length;
        return (Segment, offset, bytes);
    }

    /// <summary>The last whole line of a file; what a host that died left behind it is cut off, since nobody was told of it.</summary>
    private static byte[] ReadHealed(string segment, out long length)
    {
        using var file = File.OpenHandle(segment, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var whole = RandomAccess.GetLength(file);
        var bytes = new byte[Math.Min(whole, TailBytes)];
        RandomAccess.Read(file, bytes, whole - bytes.Length);
        var end = bytes.AsSpan().LastIndexOf((byte)'\n');
        length = whole - bytes.Length + end + 1;
        if (length < whole)
            RandomAccess.SetLength(file, length);
        if (end < 0)
            return [];
        var line = bytes.AsSpan(0, end);
        return line[(line.LastIndexOf((byte)'\n') + 1)..].ToArray();
    }
}
