namespace Miosa.Devices.Doors;

/// <summary>The door refused, or what was asked failed in the sandbox.</summary>
public sealed class DoorException(DoorStage stage, Errno errno, string detail)
    : Exception($"{stage}: {errno}{(detail.Length == 0 ? "" : $" ({detail})")}")
{
    public DoorStage Stage { get; } = stage;
    public Errno Errno { get; } = errno;

    /// <summary>The path, command or id that it is about. It comes out of the sandbox: show it, never trust it.</summary>
    public string Detail { get; } = detail;
}
