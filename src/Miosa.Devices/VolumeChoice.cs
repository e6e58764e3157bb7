namespace Miosa.Devices;

/// <summary>How devices' files are to be kept. What a home has begun with it keeps.</summary>
public enum VolumeChoice
{
    /// <summary>btrfs where it can be had, else overlays where the kernel makes them with shifted owners, else copies.</summary>
    Auto,

    Btrfs,

    Overlay,

    Copy,
}
