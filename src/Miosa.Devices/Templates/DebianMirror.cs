namespace Miosa.Devices.Templates;

/// <summary>Where Debian comes from: the archive and its security updates. Without them, mmdebstrap takes Debian's own.</summary>
internal sealed record DebianMirror(Uri? Archive, Uri? Security)
{
    // The same file on the machine that builds and in the template, so apt trusts nothing else in either.
    private const string Keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

    public static DebianMirror Default { get; } = new(null, null);

    /// <summary>The mirror this machine's own apt uses, so that a company's mirror is respected; else Debian's.</summary>
    public static DebianMirror OfThisMachine()
    {
        string[] files =
        [
            "/etc/apt/sources.list",
            .. Directory.Exists("/etc/apt/sources.list.d") ? Directory.GetFiles("/etc/apt/sources.list.d") : [],
        ];
        return FromSources([.. files.Order(StringComparer.Ordinal).Where(File.Exists).Select(File.ReadAllText)]);
    }

    /// <summary>Reads both forms of apt's source files. What is not Debian's own archive is passed over.</summary>
    public static DebianMirror FromSources(IReadOnlyList<string> texts)
    {
        var sources = texts.SelectMany(AptSource.Read).Where(source => source.IsDebian).ToList();
        var archive = sources.Find(source => !source.IsSecurity)?.Uri;
        if (archive is null)
            return Default;
        // Mirrors lay them out side by side, as Debian does.
        return new DebianMirror(archive, sources.Find(source => source.IsSecurity)?.Uri ?? new Uri($"{archive.AbsoluteUri.TrimEnd('/')}-security"));
    }

    public IReadOnlyList<string> SourcesFor(string suite) => Archive is null ? [] :
    [
        $"deb [signed-by={Keyring}] {Archive} {suite} main",
        $"deb [signed-by={Keyring}] {Archive} {suite}-updates main",
        $"deb [signed-by={Keyring}] {Security} {suite}-security main",
    ];
}
