namespace Miosa.Devices.Doors;

public enum ProcessStatus
{
    Running = 1,
    Exited,
    Signaled,
    /// <summary>It ended with the sandbox, and nobody saw how.</summary>
    Lost,
}

/// <summary>How a process stands, or how it ended.</summary>
public sealed record ProcessState
{
    public required string Id { get; init; }
    public required string User { get; init; }

    /// <summary>Its arguments, joined and cut short, for people.</summary>
    public required string Command { get; init; }
    public required ProcessStatus Status { get; init; }
    public int? ExitCode { get; init; }
    public int? Signal { get; init; }
    public bool TimedOut { get; init; }
    public bool OutOfMemory { get; init; }
    public bool HasTerminal { get; init; }
    public bool InputOpen { get; init; }

    /// <summary>The sandbox was stopped, and the process with it.</summary>
    public bool EndedWithSandbox { get; init; }
    public required int Pid { get; init; }

    /// <summary>Processes that it left behind and that still run.</summary>
    public int Remaining { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public TimeSpan CpuTime { get; init; }
    public long MaxResidentKiB { get; init; }
    public long OutputBytes { get; init; }
    public long ErrorBytes { get; init; }

    /// <summary>Output that was never stored, because the sandbox's disk was full.</summary>
    public long LostBytes { get; init; }

    /// <summary>The oldest cursor that is still kept, and the one behind everything written.</summary>
    public long BaseCursor { get; init; }
    public long EndCursor { get; init; }

    public bool IsRunning => Status is ProcessStatus.Running;

    internal static ProcessState ReadAll(ReadOnlySpan<byte> payload)
    {
        var fields = new DoorFields(payload);
        var state = Read(ref fields);
        fields.Finish();
        return state;
    }

    internal static ProcessState Read(ref DoorFields fields)
    {
        var (id, user, command) = (fields.Text(), fields.Text(), fields.Text());
        var status = (ProcessStatus)fields.U8();
        if (!Enum.IsDefined(status))
            throw new DoorProtocolException($"{(int)status} is no status.");
        var flags = fields.U8();
        var code = (int)fields.U32();
        return new ProcessState
        {
            Id = id,
            User = user,
            Command = command,
            Status = status,
            ExitCode = status is ProcessStatus.Exited ? code : null,
            Signal = status is ProcessStatus.Signaled ? code : null,
            TimedOut = (flags & 1) != 0,
            OutOfMemory = (flags & 2) != 0,
            HasTerminal = (flags & 4) != 0,
            InputOpen = (flags & 8) != 0 && status is ProcessStatus.Running,
            EndedWithSandbox = (flags & 16) != 0,
            Pid = fields.Count(),
            Remaining = fields.Count(),
            StartedAt = fields.Time(),
            EndedAt = fields.Time() is var ended && ended > DateTimeOffset.UnixEpoch ? ended : null,
            CpuTime = TimeSpan.FromMicroseconds(Math.Min(fields.Size(), TimeSpan.MaxValue.Ticks / 20)),
            MaxResidentKiB = fields.Size(),
            OutputBytes = fields.Size(),
            ErrorBytes = fields.Size(),
            LostBytes = fields.Size(),
            BaseCursor = fields.Size(),
            EndCursor = fields.Size(),
        };
    }
}
