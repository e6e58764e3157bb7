namespace Miosa.Devices;

/// <summary>How well a machine can do one thing.</summary>
public enum CheckStatus
{
    Ok,

    /// <summary>It works, with less than could be.</summary>
    Degraded,

    /// <summary>Sandboxes do not work without it.</summary>
    Missing,
}

/// <summary>One thing a machine needs, whether it has it, and how to mend it.</summary>
public sealed record MachineCheck(string Name, CheckStatus Status, string Detail, string? Remedy = null);
