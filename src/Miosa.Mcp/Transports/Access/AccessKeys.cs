using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Transports.Access;

/// <summary>
/// The keys that open the HTTP side. A key is shown once, when it is made; only its hash is kept.
/// </summary>
internal sealed class AccessKeys(MiosaHome home, TimeProvider time)
{
    /// <summary>Says to a reader, and to a scanner for leaked secrets, what this text is.</summary>
    public const string Prefix = "msk_u_";

    private const int SecretBytes = 32;

    private volatile IReadOnlyList<KnownKey>? _known;

    private sealed record KnownKey(string Id, byte[] Hash);

    public bool Any => Known.Count > 0;

    private IReadOnlyList<KnownKey> Known => _known ??= Load();

    /// <summary>The id of the key with this text, or null. Takes as long for a near miss as for a far one.</summary>
    public string? Find(string text)
    {
        // No key of ours is longer; hashing megabytes for a stranger is not our job.
        if (text.Length > 128)
            return null;

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        string? found = null;
        foreach (var key in Known)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, key.Hash))
                found = key.Id;
        }

        return found;
    }

    /// <summary>Makes a key and forgets all earlier ones: whoever asks for a new one has lost the old.</summary>
    public async Task<string> ReplaceAsync(CancellationToken cancellationToken)
    {
        var key = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        var stored = new StoredKey(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)), Convert.ToHexStringLower(hash), time.GetUtcNow());
        await SaveAsync(new KeyFile { Keys = [stored] }, cancellationToken);
        _known = [new KnownKey(stored.Id, hash)];
        return key;
    }

    private List<KnownKey> Load()
    {
        if (!File.Exists(home.KeyFile))
            return [];
        try
        {
            var file = JsonSerializer.Deserialize(File.ReadAllBytes(home.KeyFile), HostJson.Default.KeyFile) ?? new KeyFile();
            return [.. file.Keys.Select(k => new KnownKey(k.Id, Convert.FromHexString(k.Sha256)))];
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new InvalidDataException($"{home.KeyFile} cannot be read: {e.Message} Remove it and make a new key with `miosa serve --new-key`.", e);
        }
    }

    private async Task SaveAsync(KeyFile file, CancellationToken cancellationToken)
    {
        // A half-written file must never take the place of a good one.
        var next = home.KeyFile + ".new";
        File.Delete(next);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        await using (var stream = new FileStream(next, options))
        {
            await JsonSerializer.SerializeAsync(stream, file, HostJson.Default.KeyFile, cancellationToken);
            stream.Flush(flushToDisk: true);
        }

        File.Move(next, home.KeyFile, overwrite: true);
    }
}
