using System.Buffers.Text;
using System.Security.Cryptography;

namespace Miosa.Mcp.Receipts.Signing;

/// <summary>
/// A key that receipts are verified with. It is named by `did:key`, which is the key itself in letters, so that a
/// receipt carries what it is verified with and nothing has to be looked up.
/// </summary>
internal sealed class PublicKey : IEquatable<PublicKey>
{
    private const string Scheme = "did:key:";
    private const string PemLabel = "PUBLIC KEY";

    /// <summary>The multicodec of Ed25519 public keys.</summary>
    private static readonly byte[] Codec = [0xED, 0x01];

    /// <summary>What stands before the key in X.509's form of it.</summary>
    private static readonly byte[] SpkiHead = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00];

    private readonly byte[] _bytes;
    private readonly EvpKey _key;

    public PublicKey(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes.ToArray();
        _key = EvpKey.Public(bytes);
        var name = "z" + Base58.Encode([.. Codec, .. _bytes]);
        Did = Scheme + name;
        Method = $"{Did}#{name}";
        Fingerprint = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(_bytes))}";
        Multibase = "u" + Base64Url.EncodeToString(_bytes);
    }

    /// <summary>`did:key:z6Mk…`</summary>
    public string Did { get; }

    /// <summary>The `verificationMethod` of what it signs.</summary>
    public string Method { get; }

    /// <summary>`sha256:` and the hash of its 32 bytes.</summary>
    public string Fingerprint { get; }

    /// <summary>Its bytes as a receipt of a rotation names them.</summary>
    public string Multibase { get; }

    public string Pem => PemEncoding.WriteString(PemLabel, [.. SpkiHead, .. _bytes]) + "\n";

    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => _key.Verify(message, signature);

    /// <summary>The key of a `did:key`, with or without the part behind the `#`; null for anything else.</summary>
    public static PublicKey? FromDid(string did)
    {
        if (!did.StartsWith(Scheme + "z", StringComparison.Ordinal))
            return null;
        var name = did.AsSpan(Scheme.Length + 1);
        if (name.IndexOf('#') is var end and >= 0)
            name = name[..end];
        if (Base58.TryDecode(name) is not { Length: 34 } bytes || !bytes.AsSpan(0, 2).SequenceEqual(Codec))
            return null;
        var key = new PublicKey(bytes.AsSpan(2));
        // One key has one name, so that names can be compared.
        return did == key.Did || did == key.Method ? key : null;
    }

    public static PublicKey? FromMultibase(string text) =>
        text is ['u', ..] && TryDecode(text.AsSpan(1)) is { Length: 32 } bytes && new PublicKey(bytes) is var key && key.Multibase == text ? key : null;

    /// <summary>The key of a PEM file as `openssl pkey -pubout` writes it; null for anything else.</summary>
    public static PublicKey? FromPem(string pem)
    {
        if (!PemEncoding.TryFind(pem, out var fields) || pem[fields.Label] is not PemLabel)
            return null;
        var bytes = Convert.FromBase64String(pem[fields.Base64Data]);
        return bytes.Length == SpkiHead.Length + 32 && bytes.AsSpan().StartsWith(SpkiHead) ? new PublicKey(bytes.AsSpan(SpkiHead.Length)) : null;
    }

    /// <summary>The 64 bytes of a `proofValue`; null where it is not written in the one way there is.</summary>
    public static byte[]? SignatureOf(string proof) =>
        proof is ['u', ..] && TryDecode(proof.AsSpan(1)) is { Length: EvpKey.SignatureBytes } bytes && Encode(bytes) == proof ? bytes : null;

    public static string Encode(ReadOnlySpan<byte> signature) => "u" + Base64Url.EncodeToString(signature);

    public bool Equals(PublicKey? other) => other is not null && Did == other.Did;

    public override bool Equals(object? obj) => Equals(obj as PublicKey);

    public override int GetHashCode() => Did.GetHashCode(StringComparison.Ordinal);

    private static byte[]? TryDecode(ReadOnlySpan<char> text) => Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;
}
