namespace Miosa.Devices;

/// <summary>How a device really runs: what it got of what was asked.</summary>
public sealed record StartedDevice
{
    /// <summary>The program that runs it: `crun`, `runc` or `runsc`.</summary>
    public required string Runtime { get; init; }

    public required Isolation Isolation { get; init; }

    /// <summary>Limits of its size that this machine cannot keep; empty where all are kept.</summary>
    public IReadOnlyList<string> UnenforcedLimits { get; init; } = [];
}
