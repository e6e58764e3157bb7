namespace Miosa.Devices;

/// <summary>How devices' files are kept on this machine.</summary>
public enum VolumeKind
{
    /// <summary>btrfs in a file: a copy takes a moment and shares what it does not change; disk limits are kept.</summary>
    Btrfs,

    /// <summary>
    /// Directories over directories: what templates give is shared by all, what a device writes is copied with it. Disk
    /// limits are not kept.
    /// </summary>
    Overlay,

    /// <summary>Plain directories: a copy takes its time and its space, and disk limits are not kept.</summary>
    Copy,
}
