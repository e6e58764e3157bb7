using System.Globalization;
using Miosa.Devices.Doors;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Processes;

/// <summary>Builds the answer to a command: the ends of both streams within what a client keeps whole.</summary>
internal static class ProcessResults
{
    private const int Characters = 5_500;
    private const int MostRefused = 5;
    private const int LeastForErrors = 2_000;

    public static ProcessResult From(ProcessRow row, ProcessState? state, ProcessTail tail, IReadOnlyList<string> refused, TimeProvider time)
    {
        var binary = TerminalText.IsBinary(tail.Out) || TerminalText.IsBinary(tail.Err);
        var errors = binary ? "" : TerminalText.Clean(tail.Err);
        var output = binary ? "" : TerminalText.Clean(tail.Out);
        // Errors are mostly short and mostly matter; what they leave is the output's.
        var shownErrors = ResultBudget.End(errors, Math.Max(LeastForErrors, Characters - ResultBudget.Length(output)));
        var shownOutput = ResultBudget.End(output, Characters - ResultBudget.Length(shownErrors));
        // The sandbox counts all of it; a host that lags behind is given gaps and the end.
        var total = state is null ? tail.OutTotal + tail.ErrTotal : state.OutputBytes + state.ErrorBytes;
        var isWhole = !binary && shownErrors.Length == errors.Length && shownOutput.Length == output.Length && tail.Out.Length + tail.Err.Length == total;
        return new ProcessResult
        {
            ProcessId = row.Id,
            Status = row.Status,
            ExitCode = row.ExitCode,
            Signal = row.Signal,
            DurationMs = (long)((row.EndedAt ?? time.GetUtcNow()) - row.StartedAt).TotalMilliseconds,
            NextStep = Next(row, isWhole),
            Stdout = shownOutput,
            Stderr = shownErrors,
            OutputBytes = total,
            OmittedBytes = isWhole ? null : Math.Max(0, total - System.Text.Encoding.UTF8.GetByteCount(shownOutput) - System.Text.Encoding.UTF8.GetByteCount(shownErrors)),
            Cursor = tail.Cursor.ToString(CultureInfo.InvariantCulture),
            LeftRunning = state?.Remaining is > 0 ? state.Remaining : null,
            Note = Remarks(state, binary),
            NetworkRefused = refused.Count is 0 ? null : [.. refused.Take(MostRefused)],
        };
    }

    private static string? Next(ProcessRow row, bool isWhole) => row.Status switch
    {
        ProcessStatus.Running => "It still runs: process_output with this cursor and wait_seconds reads on, process_signal ends it.",
        ProcessStatus.Gone => "The sandbox's machine ended under it; run it again.",
        _ when !isWhole => "process_output with cursor 0 reads it from the start.",
        _ => null,
    };

    private static string? Remarks(ProcessState? state, bool binary)
    {
        List<string> notes = [];
        if (binary)
            notes.Add("The output is binary and not shown; process_output with encoding base64 gives it, or write it to a file.");
        if (state is { LostBytes: > 0 })
            notes.Add($"{state.LostBytes} bytes of output could not be kept, the sandbox's disk was full.");
        if (state is { OutOfMemory: true })
            notes.Add("The sandbox ran out of memory; use less or make a larger sandbox.");
        return notes.Count is 0 ? null : string.Join(' ', notes);
    }
}
