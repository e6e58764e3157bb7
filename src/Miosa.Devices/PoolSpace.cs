namespace Miosa.Devices;

/// <summary>The room for devices on this machine.</summary>
/// <param name="FreeBytes">What can still be written, by the pool's and by the machine's disk.</param>
/// <param name="LeastFreeBytes">Below this nothing new is begun; what is there goes on.</param>
public sealed record PoolSpace(long FreeBytes, long LeastFreeBytes);
