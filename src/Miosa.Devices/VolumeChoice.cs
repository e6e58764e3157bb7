namespace Miosa.Devices;

/// <summary>How devices' files are to be kept. What a home has begun with it keeps.</summary>
public enum VolumeChoice
{
    /// <summary>btrfs where it can be had, else copies.</summary>
    Auto,

    Btrfs,

    Copy,
}
