namespace Miosa.Devices.Doors;

/// <summary>A command to start in a sandbox, with everything that it gets: nothing is inherited.</summary>
public sealed record ProcessStart
{
    /// <summary>Chosen by the host: letters, digits, <c>-</c> and <c>_</c>, at most 64. Each is used once.</summary>
    public required string Id { get; init; }

    /// <summary>The program and its arguments. Without a slash it is looked for along the PATH of <see cref="Environment"/>.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    public string User { get; init; } = "agent";
    public string WorkingDirectory { get; init; } = "/";
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
    public ProcessInput Input { get; init; } = new ProcessInput.None();
    public TerminalSize? Terminal { get; init; }

    /// <summary>When it is over, the process and all that it started are killed. Time in which the sandbox is frozen does not count.</summary>
    public TimeSpan? HardTimeout { get; init; }

    internal DoorRequest ToRequest() => new DoorRequest(DoorVerb.Start)
        .Text(Id).Text(User).Path(WorkingDirectory)
        .Texts([.. Environment.Select(variable => $"{variable.Key}={variable.Value}")])
        .Texts(Arguments)
        .U8(Input switch { ProcessInput.Given => 1, ProcessInput.Open => 2, _ => 0 })
        .Bytes(Input is ProcessInput.Given given ? given.Bytes.Span : [])
        .U32(Terminal?.Rows ?? 0).U32(Terminal?.Columns ?? 0)
        .U32(HardTimeout is { } timeout ? (uint)Math.Clamp(timeout.TotalMilliseconds, 1, uint.MaxValue) : 0);
}

/// <summary>What a process reads.</summary>
public abstract record ProcessInput
{
    private ProcessInput() { }

    /// <summary>Nothing.</summary>
    public sealed record None : ProcessInput;

    /// <summary>These bytes, and then the end.</summary>
    public sealed record Given(ReadOnlyMemory<byte> Bytes) : ProcessInput;

    /// <summary>What <see cref="Door.InputAsync"/> brings, until it says that this was all.</summary>
    public sealed record Open : ProcessInput;
}

public sealed record TerminalSize(ushort Rows, ushort Columns);
