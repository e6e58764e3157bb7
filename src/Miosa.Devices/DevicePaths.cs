namespace Miosa.Devices;

/// <summary>Where the parts of one device lie.</summary>
internal sealed class DevicePaths(EngineOptions options, string id)
{
    /// <summary>The directories of the pool, of which each holds one kind of thing.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["sandboxes", "snapshots", "templates", "layers"];

    /// <summary>Holds both volumes; it appears whole, by a rename, or not at all.</summary>
    public string Home { get; } = Path.Combine(Volumes(options), "sandboxes", id);

    public string Bundle { get; } = Path.Combine(options.RunDirectory, id);

    public string Socket => Path.Combine(Bundle, "door.sock");

    /// <summary>Which process is its first, and in which run of the machine it was started.</summary>
    public string Init => Path.Combine(Bundle, "init");

    /// <summary>What the device trusts beside its own; absent where that is nothing.</summary>
    public string Certificates => Path.Combine(Bundle, "certificates.pem");

    public string StagedRoot => Path.Combine(Bundle, "root");

    public string StagedState => Path.Combine(Bundle, "state");

    public static string Root(string home) => Path.Combine(home, "root");

    /// <summary>Process records: on a volume of their own, so that no snapshot or fork carries them.</summary>
    public static string State(string home) => Path.Combine(home, "state");

    public static string Volumes(EngineOptions options) => Path.Combine(options.DataDirectory, "volumes");

    /// <summary>Holds the volume of one snapshot; it appears whole, by a rename, or not at all.</summary>
    public static string Snapshot(EngineOptions options, string snapshotId) => Path.Combine(Volumes(options), "snapshots", snapshotId);

    public static string Template(EngineOptions options, string name) => Path.Combine(Volumes(options), "templates", name);

    /// <summary>Holds the volume of one layer; it appears whole, by a rename, or not at all.</summary>
    public static string Layer(EngineOptions options, string key) => Path.Combine(Volumes(options), "layers", key);
}
