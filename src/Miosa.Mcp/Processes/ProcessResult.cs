namespace Miosa.Mcp.Processes;

/// <summary>What became of a command so far.</summary>
internal sealed record ProcessResult
{
    public required string ProcessId { get; init; }

    /// <summary>`running`, `exited`, `killed` (by a signal), `timed_out` or `gone` (its machine ended under it).</summary>
    public required string Status { get; init; }

    public int? ExitCode { get; init; }

    /// <summary>The signal that ended it, such as `SIGKILL`.</summary>
    public string? Signal { get; init; }

    public required long DurationMs { get; init; }

    /// <summary>What to do next, when that is not plain.</summary>
    public string? NextStep { get; init; }

    /// <summary>The end of what it printed.</summary>
    public string Stdout { get; init; } = "";

    public string Stderr { get; init; } = "";

    /// <summary>Bytes printed in all, on both streams.</summary>
    public required long OutputBytes { get; init; }

    /// <summary>Bytes before the shown end, to be read with process_output from cursor 0; absent when all is shown.</summary>
    public long? OmittedBytes { get; init; }

    /// <summary>Where process_output goes on with what is printed later.</summary>
    public required string Cursor { get; init; }

    /// <summary>Processes that the command left behind and that still run.</summary>
    public int? LeftRunning { get; init; }

    public string? Note { get; init; }

    /// <summary>Hosts that the network refused meanwhile; network_set can allow them.</summary>
    public IReadOnlyList<string>? NetworkRefused { get; init; }
}
