using System.Text.Json;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Transports.Access;

/// <summary>What is kept of keys and tokens: never a text, only its hash.</summary>
internal sealed record KeyFile
{
    private const int CurrentFormat = 2;

    /// <summary>Absent in the first format, which knew only keys for everything.</summary>
    public int Format { get; init; } = 1;

    /// <summary>The first format's. Under another name than now, so that a program that knows no scopes finds no key instead of keys for everything.</summary>
    public IReadOnlyList<FirstKey>? Keys { get; init; }

    /// <summary>In the order they were made: what made another stands before it.</summary>
    public IReadOnlyList<KeyEntry>? Entries { get; init; }

    public static IReadOnlyList<KeyEntry> Read(string path)
    {
        if (!File.Exists(path))
            return [];
        try
        {
            var file = JsonSerializer.Deserialize(File.ReadAllBytes(path), HostJson.Default.KeyFile) ?? new KeyFile();
            if (file.Format > CurrentFormat)
                throw new InvalidDataException($"{path} was written by a newer version of this program. Start that one, or use another home.");
            IReadOnlyList<KeyEntry> entries = file.Format is CurrentFormat ? file.Entries ?? [] : [.. (file.Keys ?? []).Select(Migrated)];
            return entries.All(IsSound) ? entries : throw new FormatException("An entry is not as this program writes it.");
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new InvalidDataException($"{path} cannot be read: {e.Message} Remove it and make a new key with `miosa serve --new-key`.", e);
        }
    }

    public static async Task WriteAsync(string path, IReadOnlyList<KeyEntry> entries, CancellationToken cancellationToken)
    {
        // A half-written file must never take the place of a good one.
        var next = path + ".new";
        File.Delete(next);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        await using (var stream = new FileStream(next, options))
        {
            await JsonSerializer.SerializeAsync(stream, new KeyFile { Format = CurrentFormat, Entries = entries }, HostJson.Default.KeyFile, cancellationToken);
            stream.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }

    private static KeyEntry Migrated(FirstKey key) => new()
    {
        Id = key.Id,
        Kind = CallerKind.User,
        Name = KeyRules.FirstName,
        Sha256 = key.Sha256,
        Scopes = [Scopes.All],
        CreatedAt = key.CreatedAt,
    };

    private static bool IsSound(KeyEntry entry) =>
        entry.Sha256.Length is 64 && Convert.FromHexString(entry.Sha256).Length is 32
        && entry.Kind is CallerKind.User or CallerKind.Admin or CallerKind.Platform or CallerKind.Delegated;

    /// <param name="Id">Names the key in records and is no secret.</param>
    /// <param name="Sha256">The hash of the key's text, in hex.</param>
    /// <param name="CreatedAt">When it was made.</param>
    internal sealed record FirstKey(string Id, string Sha256, DateTimeOffset CreatedAt);
}
