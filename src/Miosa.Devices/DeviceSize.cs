namespace Miosa.Devices;

/// <summary>How much of the machine a device may take.</summary>
/// <param name="Name">`xs`, `small`, `medium`, `large` or `xl`.</param>
/// <param name="Cpus">Processor time per wall time.</param>
/// <param name="MemoryBytes">Memory including page cache it cannot give back.</param>
/// <param name="DiskBytes">What it may write beyond its template.</param>
/// <param name="Processes">Processes and threads at one time.</param>
public sealed record DeviceSize(string Name, int Cpus, long MemoryBytes, long DiskBytes, int Processes)
{
    private const long GiB = 1L << 30;

    public static IReadOnlyList<DeviceSize> All { get; } =
    [
        new("xs", 1, 2 * GiB, 5 * GiB, 256),
        new("small", 2, 4 * GiB, 10 * GiB, 512),
        new("medium", 4, 8 * GiB, 20 * GiB, 1024),
        new("large", 8, 16 * GiB, 40 * GiB, 2048),
        new("xl", 16, 32 * GiB, 80 * GiB, 4096),
    ];

    public static DeviceSize? Find(string name) => All.FirstOrDefault(size => size.Name == name);
}
