using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Miosa.Mcp.Transports.Access;

/// <summary>All keys and tokens at one moment; a change makes another ring.</summary>
internal sealed class KeyRing
{
    private readonly Dictionary<string, KeyGrant> _byId = new(StringComparer.Ordinal);
    private readonly ILookup<ulong, (byte[] Hash, KeyGrant Grant)> _byHash;

    public KeyRing(IReadOnlyList<KeyGrant> grants)
    {
        Grants = grants;
        foreach (var grant in grants)
            _byId.TryAdd(grant.Entry.Id, grant);
        _byHash = grants.Select(grant => (Hash: Convert.FromHexString(grant.Entry.Sha256), grant)).ToLookup(pair => Bucket(pair.Hash));
    }

    /// <summary>In the order they were made.</summary>
    public IReadOnlyList<KeyGrant> Grants { get; }

    /// <summary>Takes them as they were kept. What was made by something that is not there opens nothing and is left out.</summary>
    public static KeyRing Of(IReadOnlyList<KeyEntry> entries)
    {
        var known = new Dictionary<string, KeyGrant>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            KeyGrant? parent = null;
            if (entry.Parent is null || known.TryGetValue(entry.Parent, out parent))
                known.TryAdd(entry.Id, new KeyGrant(entry, parent));
        }

        return new KeyRing([.. known.Values]);
    }

    public KeyGrant? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>
    /// The one with this text. Nobody can choose the hash of a text, so where it lies in a table tells nothing about one
    /// that is kept; what lies there is compared in a time that does not tell either.
    /// </summary>
    public KeyGrant? FindText(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        KeyGrant? found = null;
        foreach (var (kept, grant) in _byHash[Bucket(hash)])
        {
            if (CryptographicOperations.FixedTimeEquals(hash, kept))
                found = grant;
        }

        return found;
    }

    private static ulong Bucket(ReadOnlySpan<byte> hash) => BinaryPrimitives.ReadUInt64LittleEndian(hash);
}
