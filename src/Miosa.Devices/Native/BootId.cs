namespace Miosa.Devices.Native;

/// <summary>Which run of the machine this is; a process number means nothing after the next.</summary>
internal static class BootId
{
    public static string Current { get; } = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
}
