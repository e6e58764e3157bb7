namespace Miosa.Devices.Doors;

/// <summary>
/// How a file is written. By default it is replaced at once and as a whole, made if it is not there, and keeps its mode
/// and owner.
/// </summary>
public sealed record WriteOptions
{
    public static WriteOptions Default { get; } = new();

    public bool MakeParents { get; init; }

    /// <summary>Adds to the end, in place. Then a body that breaks off leaves its first part.</summary>
    public bool Append { get; init; }

    public bool MustBeNew { get; init; }

    /// <summary>Writes only if the file is still this one.</summary>
    public FileVersion? Expected { get; init; }

    /// <summary>Returns when it is on disk.</summary>
    public bool Sync { get; init; }

    public UnixFileMode? Mode { get; init; }

    internal byte Flags => (byte)((MakeParents ? 1 : 0) | (Append ? 2 : 0) | (MustBeNew ? 4 : 0) | (Expected is null ? 0 : 8) | (Sync ? 16 : 0) | (Mode is null ? 0 : 32));
}

/// <summary>A file that was written. <paramref name="AtOnce"/> is false where it had to be written in place, as when its directory may not be changed.</summary>
public sealed record WrittenFile(FileStat Stat, bool AtOnce);
