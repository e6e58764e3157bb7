using System.Security.Cryptography;
using System.Text;

namespace Miosa.Mcp.Receipts.Signing;

/// <summary>A key that signs. Its secret half is read once, and never printed.</summary>
internal sealed class SigningKey : IDisposable
{
    private const string PemLabel = "PRIVATE KEY";

    /// <summary>What stands before the seed in PKCS 8.</summary>
    private static readonly byte[] Head = [0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

    private readonly EvpKey _key;

    private SigningKey(ReadOnlySpan<byte> seed)
    {
        _key = EvpKey.Private(seed);
        Public = new PublicKey(_key.PublicBytes());
    }

    public PublicKey Public { get; }

    /// <summary>Makes a key and leaves its secret half in a file that only the owner may read.</summary>
    public static SigningKey Create(string file)
    {
        Span<byte> secret = stackalloc byte[Head.Length + 32];
        Head.CopyTo(secret);
        RandomNumberGenerator.Fill(secret[Head.Length..]);
        try
        {
            var key = new SigningKey(secret[Head.Length..]);
            using var stream = new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
            stream.Write(Encoding.ASCII.GetBytes(PemEncoding.WriteString(PemLabel, secret) + "\n"));
            stream.Flush(flushToDisk: true);
            return key;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    public static SigningKey Read(string file)
    {
        if ((File.GetUnixFileMode(file) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) is not UnixFileMode.None)
            throw new InvalidDataException($"{file} can be read by others than its owner, so what it signs proves nothing. Run `chmod 600 {file}` if nobody has read it; else `miosa receipts rotate-key`.");
        var pem = File.ReadAllText(file);
        var bytes = PemEncoding.TryFind(pem, out var fields) && pem[fields.Label] is PemLabel ? Convert.FromBase64String(pem[fields.Base64Data]) : [];
        try
        {
            return bytes.Length == Head.Length + 32 && bytes.AsSpan().StartsWith(Head)
                ? new SigningKey(bytes.AsSpan(Head.Length))
                : throw new InvalidDataException($"{file} holds no Ed25519 key. Restore it, or move it away: then a new key and new chains begin.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>A signature as a `proofValue`.</summary>
    public string Sign(ReadOnlySpan<byte> message)
    {
        Span<byte> signature = stackalloc byte[EvpKey.SignatureBytes];
        _key.Sign(message, signature);
        return PublicKey.Encode(signature);
    }

    public void Dispose() => _key.Dispose();
}
