namespace Miosa.Devices.Native;

/// <summary>Owners as they are in a device's range.</summary>
/// <param name="UserNamespace">A descriptor of the namespace that says so.</param>
/// <param name="First">What owner 0 is outside of it.</param>
internal sealed record OwnerShift(int UserNamespace, uint First);
