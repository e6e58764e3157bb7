using Miosa.Devices.Doors;

namespace Miosa.Mcp.Processes;

/// <summary>What a process's end means, in the words of this feature.</summary>
internal static class ProcessOutcome
{
    /// <param name="state">How it ended; null where its machine ended under it.</param>
    public static ProcessRow Of(ProcessRow row, ProcessState? state, TimeProvider time) => row with
    {
        Status = state switch
        {
            null or { EndedWithSandbox: true } => ProcessStatus.Gone,
            { TimedOut: true } => ProcessStatus.TimedOut,
            { Signal: not null } => ProcessStatus.Killed,
            _ => ProcessStatus.Exited,
        },
        ExitCode = state?.ExitCode,
        Signal = state?.Signal is { } signal ? Signals.Name(signal) : null,
        EndedAt = state?.EndedAt ?? time.GetUtcNow(),
    };
}
