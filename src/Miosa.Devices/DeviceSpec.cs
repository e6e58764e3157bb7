namespace Miosa.Devices;

/// <summary>What a device is asked to be. It does not change while the device lives.</summary>
public sealed record DeviceSpec
{
    /// <summary>Lower-case letters, digits, `_` and `-`; names its directory, its cgroup and its container.</summary>
    public required string Id { get; init; }

    public required string Hostname { get; init; }

    public required string Template { get; init; }

    public required DeviceSize Size { get; init; }

    public Isolation Isolation { get; init; } = Isolation.Standard;

    /// <summary>Which range of user ids is its own on this machine; no two living devices share one.</summary>
    public required int Slot { get; init; }
}
