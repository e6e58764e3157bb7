namespace Miosa.Devices.Doors;

/// <summary>What came out of the sandbox is not what a door says. Whoever is root in there may be speaking.</summary>
public sealed class DoorProtocolException(string message) : IOException(message);
