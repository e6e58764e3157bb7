using Miosa.Mcp.Receipts.Signing;

namespace Miosa.Mcp.Receipts.Chains;

/// <summary>
/// The keys of this host. One signs; one that was retired is kept until every chain has named the next one, and then its
/// secret half is deleted, so that nobody who finds it can go on with an old chain.
/// </summary>
internal sealed class KeyRing(ReceiptFolders folders) : IDisposable
{
    private const string Secret = ".key";
    private const string Shown = ".pem";
    private SigningKey? _current;

    private string CurrentFile => Path.Combine(folders.Keys, "current");

    /// <summary>The key that signs. The first one is made when it is first needed.</summary>
    public SigningKey Current => _current ??= File.Exists(CurrentFile) ? Named(File.ReadAllText(CurrentFile).Trim()) : Make();

    /// <summary>From now on another key signs.</summary>
    public SigningKey Rotate()
    {
        _ = Current;
        return _current = Make();
    }

    /// <summary>The key with this public half; null where its secret half is gone.</summary>
    public SigningKey? Find(PublicKey key) => key.Equals(Current.Public) ? Current : File.Exists(FileOf(key, Secret)) ? SigningKey.Read(FileOf(key, Secret)) : null;

    /// <summary>Deletes the secret halves of those that sign no more.</summary>
    public void Forget()
    {
        foreach (var file in Directory.EnumerateFiles(folders.Keys, "*" + Secret).Where(file => file != FileOf(Current.Public, Secret)))
            File.Delete(file);
    }

    public void Dispose() => _current?.Dispose();

    /// <summary>The file says which it is before any chain names it: a host that dies in between goes on with the new one.</summary>
    private SigningKey Make()
    {
        ReceiptFolders.Create(folders.Keys);
        var made = Path.Combine(folders.Keys, "new");
        File.Delete(made);
        var key = SigningKey.Create(made);
        File.Move(made, FileOf(key.Public, Secret));
        File.WriteAllText(FileOf(key.Public, Shown), key.Public.Pem);
        var next = CurrentFile + ".new";
        File.WriteAllText(next, key.Public.Did + "\n");
        File.Move(next, CurrentFile, overwrite: true);
        return key;
    }

    private SigningKey Named(string did)
    {
        var key = PublicKey.FromDid(did) ?? throw new InvalidDataException($"{CurrentFile} names no key. Restore it, or move {folders.Keys} away: then a new key and new chains begin.");
        return File.Exists(FileOf(key, Secret)) ? SigningKey.Read(FileOf(key, Secret))
            : throw new InvalidDataException($"{FileOf(key, Secret)} is gone. Restore it, or remove {CurrentFile}: then a new key and new chains begin.");
    }

    private string FileOf(PublicKey key, string ending) => Path.Combine(folders.Keys, key.Did[(key.Did.LastIndexOf(':') + 1)..] + ending);
}
