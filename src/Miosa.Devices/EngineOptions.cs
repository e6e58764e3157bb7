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

    /// <summary>Each device gets this many user ids of its own, counted from <see cref="FirstUserId"/>.</summary>
    public const uint UserIdsPerDevice = 65536;

    /// <summary>Far above the ids that people and packages use.</summary>
    public const uint FirstUserId = 1u << 29;
}
