namespace Miosa.Devices.Doors;

/// <summary>How a sandbox's inside stands.</summary>
public sealed record DoorInfo
{
    public required string Version { get; init; }

    /// <summary>Another one means that the sandbox was started again, and no process of before is left.</summary>
    public required string Boot { get; init; }
    public required TimeSpan Uptime { get; init; }
    public required int Processes { get; init; }

    /// <summary>Null where the sandbox cannot see it.</summary>
    public long? MemoryUsed { get; init; }
    public long? MemoryLimit { get; init; }

    /// <summary>
    /// Whether everything that a process starts stays known as its own. Under some gVisors a daemon that leaves its
    /// session does not: it is neither counted as remaining nor killed with the tree.
    /// </summary>
    public required bool AdoptsOrphans { get; init; }

    internal static DoorInfo Read(ReadOnlySpan<byte> payload)
    {
        var fields = new DoorFields(payload);
        var info = new DoorInfo
        {
            Version = fields.Text(),
            Boot = fields.Text(),
            Uptime = TimeSpan.FromMilliseconds(Math.Min(fields.Size(), TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMillisecond - 1)),
            Processes = fields.Count(),
            MemoryUsed = Known(fields.Size()),
            MemoryLimit = Known(fields.Size()),
            AdoptsOrphans = fields.Flag(),
        };
        fields.Finish();
        return info;
    }

    private static long? Known(long value) => value == 0 ? null : value;
}
