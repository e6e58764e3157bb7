using System.Text.Json.Nodes;

namespace Miosa.Devices.Oci;

/// <summary>Limits by control group; a null one is not asked for.</summary>
internal sealed record CgroupLimits
{
    private const int PeriodMicroseconds = 100_000;
    private const long MostInSockets = 256L << 20;

    public long? MemoryBytes { get; init; }

    /// <summary>Memory and swap together, so that swap is no way around the limit.</summary>
    public long? MemoryAndSwapBytes { get; init; }

    /// <summary>
    /// What lies in TCP's buffers, which cgroup v1 counts only where it has a limit of its own. Without one, a sandbox
    /// takes the share of the whole machine's TCP. Version 2 counts it as memory.
    /// </summary>
    public long? SocketBytes { get; init; }

    public int? Processes { get; init; }

    public int? Cpus { get; init; }

    public static CgroupLimits For(DeviceSize size, ControllerSet controllers) => new()
    {
        MemoryBytes = controllers.Memory ? size.MemoryBytes : null,
        MemoryAndSwapBytes = controllers.Swap ? size.MemoryBytes : null,
        SocketBytes = controllers.SocketMemory ? Math.Min(size.MemoryBytes / 8, MostInSockets) : null,
        Processes = controllers.Processes ? size.Processes : null,
        Cpus = controllers.Cpu ? size.Cpus : null,
    };

    public JsonObject ToJson()
    {
        var resources = new JsonObject
        {
            // Nothing but the harmless nodes that every runtime adds itself (null, zero, full, random, tty, ptmx).
            ["devices"] = new JsonArray(new JsonObject { ["allow"] = false, ["access"] = "rwm" }),
        };
        if (MemoryBytes is { } memory)
        {
            var limit = new JsonObject { ["limit"] = memory };
            if (MemoryAndSwapBytes is { } both)
                limit["swap"] = both;
            if (SocketBytes is { } sockets)
                limit["kernelTCP"] = sockets;
            resources["memory"] = limit;
        }
        if (Processes is { } processes)
            resources["pids"] = new JsonObject { ["limit"] = processes };
        if (Cpus is { } cpus)
            resources["cpu"] = new JsonObject { ["quota"] = cpus * PeriodMicroseconds, ["period"] = PeriodMicroseconds };
        return resources;
    }
}
