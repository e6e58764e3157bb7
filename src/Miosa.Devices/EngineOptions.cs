namespace Miosa.Devices;

/// <summary>Where the local engine keeps what it makes.</summary>
public sealed record EngineOptions
{
    /// <summary>Holds the pool and the templates' logs. Survives a reboot.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Sockets and what runs now. Need not survive a reboot; its path must be short, for sockets' sake.</summary>
    public required string RunDirectory { get; init; }

    /// <summary>The static program that is the first process of every device.</summary>
    public required string DoorPath { get; init; }

    /// <summary>The first of the user ids that this engine's devices may have. Two engines on a machine have different ones.</summary>
    public required uint FirstUserId { get; init; }

    public VolumeChoice Volumes { get; init; }

    /// <summary>Below this much free space nothing new is begun: no device, no snapshot, no copy.</summary>
    public long LeastFreeBytes { get; init; } = 1L << 30;

    /// <summary>Certificate authorities that devices are to trust, as one file; null where their own suffice.</summary>
    public string? Certificates { get; init; }

    /// <summary>Each device gets this many user ids of its own, counted from <see cref="FirstUserId"/>.</summary>
    public const uint UserIdsPerDevice = 65536;

    /// <summary>Devices that have ids of their own at one time.</summary>
    public const int MostDevices = 1022;

    /// <summary>Archives that are packed or unpacked at one time: each takes what processor there is.</summary>
    internal const int MostArchives = 3;

    /// <summary>The first of the ids that are no device's: archives are packed and unpacked with them, each with its own.</summary>
    internal const int FirstArchiveSlot = MostDevices;

    private const uint IdsPerEngine = UserIdsPerDevice * (MostDevices + MostArchives);

    /// <summary>Far above the ids that people and packages use.</summary>
    private const uint FirstOfAll = 1u << 29;

    /// <summary>Picks one of the regions of ids that a machine has room for, the same for the same seed.</summary>
    public static uint UserIdsFor(uint seed) => FirstOfAll + (seed % ((uint.MaxValue - FirstOfAll) / IdsPerEngine) * IdsPerEngine);
}
