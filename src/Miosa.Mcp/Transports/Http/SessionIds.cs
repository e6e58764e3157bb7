using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Transports.Http;

/// <summary>
/// Makes session ids that this home knows as its own again, even after a restart: a random part, and a seal over it
/// and who it was given to.
/// </summary>
internal sealed class SessionIds
{
    private const int RandomBytes = 16;
    private const int SealBytes = 16;

    private readonly byte[] _secret;

    public SessionIds(MiosaHome home) => _secret = LoadOrCreate(home.SessionSecretFile);

    public string Create(string owner)
    {
        Span<byte> id = stackalloc byte[RandomBytes + SealBytes];
        RandomNumberGenerator.Fill(id[..RandomBytes]);
        Seal(id[..RandomBytes], owner, id[RandomBytes..]);
        return Base64Url.EncodeToString(id);
    }

    public bool IsOurs(string id, string owner)
    {
        Span<byte> bytes = stackalloc byte[RandomBytes + SealBytes];
        Span<byte> seal = stackalloc byte[SealBytes];
        if (id.Length != Base64Url.GetEncodedLength(bytes.Length) || !Base64Url.TryDecodeFromChars(id, bytes, out var length) || length != bytes.Length)
            return false;
        Seal(bytes[..RandomBytes], owner, seal);
        return CryptographicOperations.FixedTimeEquals(seal, bytes[RandomBytes..]);
    }

    private void Seal(ReadOnlySpan<byte> random, string owner, Span<byte> seal)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        byte[] sealedBytes = [.. random, .. Encoding.UTF8.GetBytes(owner)];
        HMACSHA256.HashData(_secret, sealedBytes, hash);
        hash[..SealBytes].CopyTo(seal);
    }

    private static byte[] LoadOrCreate(string path)
    {
        if (File.Exists(path) && File.ReadAllBytes(path) is { Length: 32 } kept)
            return kept;

        // Losing it, or writing it half, costs clients one new session; so no ceremony.
        var secret = RandomNumberGenerator.GetBytes(32);
        File.Delete(path);
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.Write(secret);
        return secret;
    }
}
