using System.Buffers;
using Miosa.Devices.Doors;
using Miosa.Mcp.Events;

namespace Miosa.Mcp.Processes;

/// <summary>
/// Puts a process's output into the journal in pieces worth reading, up to a bound; beyond it one event says where
/// the rest is. The journal tells what happened, it is no store of logs.
/// </summary>
internal sealed class OutputJournal(ProcessRow row, Journal journal, TimeProvider time)
{
    private const int PieceBytes = 4 * 1024;
    private const int MostBytes = 64 * 1024;
    private static readonly TimeSpan LongestHeld = TimeSpan.FromMilliseconds(200);
    private readonly ArrayBufferWriter<byte> _piece = new();
    private OutputSource _source;
    private long _pieceStarted;
    private long _next;
    private long _written;
    private bool _full;

    public async Task AddAsync(OutputChunk chunk, long next, CancellationToken cancellationToken)
    {
        if (_full)
            return;
        if (_piece.WrittenCount > 0 && (chunk.Source != _source || time.GetElapsedTime(_pieceStarted) >= LongestHeld))
            await FlushAsync(cancellationToken);
        if (_piece.WrittenCount is 0)
            _pieceStarted = time.GetTimestamp();
        _source = chunk.Source;
        _next = next;
        _piece.Write(chunk.Bytes.Span[..(int)Math.Min(chunk.Bytes.Length, MostBytes - _written - _piece.WrittenCount)]);
        if (_written + _piece.WrittenCount >= MostBytes)
        {
            await FlushAsync(cancellationToken);
            _full = true;
            await AppendAsync(new { exec_id = row.Id, truncated = true, note = $"More output than the journal takes of one command ({MostBytes} bytes); process_output has it.", cursor = _next }, cancellationToken);
        }
        else if (_piece.WrittenCount >= PieceBytes)
        {
            await FlushAsync(cancellationToken);
        }
    }

    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_piece.WrittenCount is 0)
            return;
        var bytes = _piece.WrittenSpan.ToArray();
        _piece.ResetWrittenCount();
        _written += bytes.Length;
        await AppendAsync(
            new { exec_id = row.Id, stream = _source is OutputSource.Error ? "stderr" : "stdout", text = TerminalText.Clean(bytes), cursor = _next },
            cancellationToken);
    }

    private Task AppendAsync(object data, CancellationToken cancellationToken) =>
        journal.AppendAsync(
            new JournalEvent("command.output") { Workspace = row.Workspace, Device = row.SandboxId, Principal = row.Principal, CallId = row.CallId, Data = data },
            cancellationToken);
}
